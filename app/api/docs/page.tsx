import type { Metadata } from "next";

import { ownDocument } from "@/lib/http/openapi";

import { allCodes, anchor, type ApiDocument, byTag } from "../../_components/api-document";
import { ApiOperation, ApiSchema, Prose } from "../../_components/api-reference";
import { PageLink } from "../../_components/page-link";

export const metadata: Metadata = { title: "API reference" };

export default function ApiDocsPage() {
  const document: ApiDocument = ownDocument();
  const groups = byTag(document);
  const schemas = Object.entries(document.components?.schemas ?? {});

  return (
    <main id="content" className="page w-full pt-8 pb-20 sm:pt-12">
      <h1 className="text-2xl font-semibold sm:text-3xl">API reference</h1>
      {document.info.description && <Prose text={document.info.description} />}
      <p className="text-soft mt-2 text-[0.9375rem]">
        The same for machines:{" "}
        <PageLink href="/api/openapi.json" className="link text-ink">
          openapi.json
        </PageLink>{" "}
        (OpenAPI 3.1, version {document.info.version}).
      </p>
      <div className="mt-8 gap-12 lg:grid lg:grid-cols-[17rem_1fr]">
        <nav aria-label="Routes" className="mb-10 lg:mb-0">
          <div className="space-y-5 text-sm lg:sticky lg:top-20 lg:max-h-[calc(100dvh-6rem)] lg:overflow-y-auto lg:pb-4">
            {groups.map(([tag, operations]) => (
              <div key={tag}>
                <a href={`#${anchor(`tag ${tag}`)}`} className="font-medium">
                  {tag}
                </a>
                <ul className="mt-1">
                  {operations.map(({ id, method, path }) => (
                    <li key={id}>
                      <a
                        href={`#${id}`}
                        className="text-soft hover:text-ink flex min-h-6 items-baseline gap-2 py-0.5"
                      >
                        <span className="code w-14 shrink-0 text-xs">{method}</span>
                        <span className="code min-w-0 text-xs wrap-anywhere">
                          {path.replace(/^\/api/, "")}
                        </span>
                      </a>
                    </li>
                  ))}
                </ul>
              </div>
            ))}
            <a href="#codes" className="block font-medium">
              Codes
            </a>
            {schemas.length > 0 && (
              <a href="#shapes" className="block font-medium">
                Shapes
              </a>
            )}
          </div>
        </nav>
        <div className="min-w-0 space-y-12">
          {groups.map(([tag, operations]) => (
            <section key={tag} id={anchor(`tag ${tag}`)} aria-labelledby={`${anchor(`tag ${tag}`)}-title`}>
              <h2 id={`${anchor(`tag ${tag}`)}-title`} className="mb-4 text-lg font-semibold">
                {tag}
              </h2>
              {operations.map((described) => (
                <ApiOperation key={described.id} described={described} document={document} />
              ))}
            </section>
          ))}
          <section id="codes" aria-labelledby="codes-title">
            <h2 id="codes-title" className="mb-4 text-lg font-semibold">
              Codes
            </h2>
            <dl className="border-line divide-line divide-y border-t text-sm">
              {allCodes(document).map(({ code, says, status }) => (
                <div
                  key={code}
                  id={anchor(`code ${code}`)}
                  className="grid gap-x-6 gap-y-0.5 py-2 sm:grid-cols-[15rem_1fr]"
                >
                  <dt className="code">
                    {code} <span className="text-soft tabular-nums">{status}</span>
                  </dt>
                  <dd className="text-soft leading-normal">{says}</dd>
                </div>
              ))}
            </dl>
          </section>
          {schemas.length > 0 && (
            <section id="shapes" aria-labelledby="shapes-title">
              <h2 id="shapes-title" className="mb-4 text-lg font-semibold">
                Shapes
              </h2>
              {schemas.map(([name, schema]) => (
                <ApiSchema key={name} name={name} schema={schema} document={document} />
              ))}
            </section>
          )}
        </div>
      </div>
    </main>
  );
}
