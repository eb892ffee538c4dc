import {
  anchor,
  inlined,
  leaves,
  type Response,
  type ApiDocument,
  codesOf,
  type Described,
  exampleBody,
  type FieldRow,
  jsonOf,
  type Operation,
  requestFields,
  type Schema,
  schemaFields,
} from "./api-document";
import { choice } from "./format";
import { ApiType } from "./api-type";
import { CodeBlock } from "./code-block";
import { curl } from "./curl";

/** One route: who may call it, what it takes, what it answers, and a line to try it with. */
export function ApiOperation({ described, document }: { described: Described; document: ApiDocument }) {
  const { id, method, path, operation } = described;
  const fields = requestFields(operation, document);
  return (
    <section id={id} aria-labelledby={`${id}-title`} className="border-line border-t py-7">
      <h3 id={`${id}-title`} className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <span className="code text-soft">{method}</span>
        <a href={`#${id}`} className="code link font-semibold wrap-anywhere no-underline hover:underline">
          {path}
        </a>
      </h3>
      {operation.summary && <p className="mt-1.5 max-w-[70ch]">{operation.summary}</p>}
      {operation.description && <Prose text={operation.description} />}
      <p className="mt-3 text-sm">
        <span className="font-medium">Who may call:</span>{" "}
        <span className="text-soft">{callers(operation)}</span>
      </p>
      {fields.length > 0 && <Fields title="Request" fields={fields} />}
      <Answers {...operation} document={document} />
      <CodeBlock label={`${method} ${path} with curl`}>{curlLine(described, document)}</CodeBlock>
    </section>
  );
}

/** A shape that several routes share. */
export function ApiSchema(props: { name: string; schema: Schema; document: ApiDocument }) {
  const { name, schema, document } = props;
  const id = anchor(`schema ${name}`);
  const fields = schemaFields(inlined(schema, document));
  return (
    <section id={id} aria-labelledby={`${id}-title`} className="border-line border-t py-7">
      <h3 id={`${id}-title`} className="code font-semibold">
        {name}
      </h3>
      {schema.description && <Prose text={schema.description} />}
      {fields.length > 0 ? (
        <Fields title="Fields" fields={fields} />
      ) : (
        <p className="code text-soft mt-2 wrap-anywhere">
          <ApiType schema={schema} />
        </p>
      )}
    </section>
  );
}

export function Prose({ text }: { text: string }) {
  return (
    <div className="text-soft mt-2 max-w-[70ch] space-y-2 text-[0.9375rem] leading-relaxed">
      {text.split(/\n\s*\n/).map((paragraph) => (
        <p key={paragraph}>
          {paragraph.split("`").map((part, at) =>
            at % 2 === 1 ? (
              <code key={at} className="code text-ink wrap-anywhere">
                {part}
              </code>
            ) : (
              part
            ),
          )}
        </p>
      ))}
    </div>
  );
}

const CREDENTIALS: Record<string, string> = {
  bearer: "bearer token",
  accessCookie: "access cookie",
  sessionCookie: "session cookie",
};

function callers({ security = [], responses }: Operation): string {
  const names = security.flatMap((one) => Object.keys(one));
  if (names.length === 0) return "anyone";
  if (names.includes("refreshCookie")) return "whoever has a refresh token, in its cookie or in the body";
  const isForAdmins = Object.values(responses).some((response) =>
    codesOf(response).some(({ code }) => code === "forbidden"),
  );
  const who = isForAdmins ? "administrators" : "whoever is signed in";
  return `${who}, by ${choice(names.map((name) => CREDENTIALS[name] ?? name))}`;
}

const ROW = "grid gap-x-6 gap-y-0.5 py-2 sm:grid-cols-[11rem_1fr]";

function Fields({ title, fields }: { title: string; fields: FieldRow[] }) {
  return (
    <>
      <h4 className="mt-4 text-sm font-medium">{title}</h4>
      <dl className="divide-line mt-1 divide-y text-sm">
        {fields.map(({ name, place, schema, required, description }) => (
          <div key={`${place} ${name}`} className={ROW}>
            <dt className="wrap-anywhere">
              <span className="code">{name}</span>
              {place && <span className="text-soft"> in the {place}</span>}
            </dt>
            <dd className="text-soft leading-normal">
              <span className="code text-ink wrap-anywhere">
                <ApiType schema={schema} />
              </span>
              , {required ? <span className="text-ink">required</span> : "optional"}
              {description && <>. {description}</>}
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function Answers({ responses, document }: Operation & { document: ApiDocument }) {
  const all = Object.entries(responses);
  const refusals = all.filter(([, response]) => codesOf(response).length > 0);
  return (
    <>
      <h4 className="mt-4 text-sm font-medium">Answers</h4>
      <dl className="divide-line mt-1 divide-y text-sm">
        {all
          .filter((one) => !refusals.includes(one))
          .map(([status, response]) => (
            <div key={status} className={ROW}>
              <dt className="code tabular-nums">{status}</dt>
              <dd className="text-soft min-w-0 leading-normal">
                {response.description}
                <AnswerFields response={response} document={document} />
              </dd>
            </div>
          ))}
        {refusals.length > 0 && (
          <div className={ROW}>
            <dt>Refusals</dt>
            <dd className="min-w-0">
              <ul className="flex flex-wrap gap-x-6 gap-y-1">
                {refusals.map(([status, response]) => (
                  <li key={status} className="code flex flex-wrap items-center gap-x-3">
                    <span className="text-soft tabular-nums">{status}</span>
                    {codesOf(response).map(({ code }) => (
                      <a
                        key={code}
                        href={`#${anchor(`code ${code}`)}`}
                        className="inline-flex min-h-6 items-center hover:underline"
                      >
                        {code}
                      </a>
                    ))}
                  </li>
                ))}
              </ul>
            </dd>
          </div>
        )}
      </dl>
    </>
  );
}

function AnswerFields({ response, document }: { response: Response; document: ApiDocument }) {
  const schema = jsonOf(response.content);
  const rows = schema ? leaves(inlined(schema, document)) : [];
  if (rows.length === 0) return null;
  return (
    <details className="mt-1">
      <summary className="w-fit">Fields</summary>
      <ul className="mt-1 space-y-0.5">
        {rows.map(({ name, schema, required }) => (
          <li key={name} className="wrap-anywhere">
            <span className="code text-ink">{name}</span> <ApiType schema={schema} />
            {!required && ", not always"}
          </li>
        ))}
      </ul>
    </details>
  );
}

function curlLine({ method, path, operation }: Described, document: ApiDocument): string {
  const needsCaller = (operation.security ?? []).some((one) => Object.keys(one).length > 0);
  const body = exampleBody(operation, document);
  const logsIn = /\/(?:login|signup)$/.test(path);
  const renews = method === "POST" && path.startsWith("/api/auth/");
  return curl({
    method,
    // Braces would be a pattern to curl.
    path: path.replace(/\{(\w+)\}/g, (_, name: string) => name.toUpperCase()),
    body: body && Object.keys(body).length === 0 ? undefined : body,
    jar: logsIn ? "save" : renews ? "both" : needsCaller ? "send" : undefined,
  });
}
