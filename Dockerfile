# The image of one Halfstate server: built with every tool, run with nothing but the built folder (docs/deploying.md).
ARG NODE_VERSION=24

FROM node:${NODE_VERSION}-bookworm AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci
COPY . .
RUN npm run build

# The same Debian as above: the database driver was compiled against its libraries, and against this version of Node.js.
FROM node:${NODE_VERSION}-bookworm-slim
LABEL org.opencontainers.image.title="Halfstate" \
      org.opencontainers.image.description="Hybrid authentication for Next.js: sessions and JWTs on one running system" \
      org.opencontainers.image.licenses="MIT"
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=3000 \
    DATABASE_URL=file:/data/halfstate.db
WORKDIR /app
# Owned by root, so that the server cannot change what it runs.
COPY --from=build /build/.next/standalone ./
# All that it writes: the SQLite file, and nothing where DATABASE_URL names PostgreSQL.
RUN mkdir --mode=0700 /data && chown 10001:10001 /data
USER 10001:10001
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["node", "scripts/health.mjs", "live"]
CMD ["node", "scripts/serve.mjs"]
