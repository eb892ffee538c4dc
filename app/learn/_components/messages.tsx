/** Requests and answers in turn, as they go over the wire. */
export type WireMessage = { from: "Browser" | "Server"; text: string };

export function Messages({ messages }: { messages: WireMessage[] }) {
  return (
    <ol className="card divide-line divide-y">
      {messages.map(({ from, text }, index) => (
        <li key={index} className="grid gap-x-6 gap-y-1 px-5 py-3.5 sm:grid-cols-[6rem_1fr]">
          <p className="text-soft text-sm">
            <span aria-hidden="true">{from === "Browser" ? "→ " : "← "}</span>
            {from}
          </p>
          <p className="code wrap-anywhere whitespace-pre-line">{text}</p>
        </li>
      ))}
    </ol>
  );
}
