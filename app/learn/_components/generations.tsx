/** A refresh token's generations in a row: what each does when it is presented. */
const GENERATIONS = [
  { number: 0, is: "Older", does: "Theft. The device session ends, for everybody who holds a token of it." },
  {
    number: 1,
    is: "Predecessor",
    does: "For ten seconds after its rotation: generation 2 again, the same text. After that: theft.",
  },
  { number: 2, is: "Current", does: "Exchanged for generation 3 and a fresh access token." },
];

export function Generations() {
  return (
    <ol data-mode="jwt" className="grid gap-3 sm:grid-cols-3">
      {GENERATIONS.map(({ number, is, does }) => (
        <li
          key={number}
          className={`rounded-card border p-4 ${is === "Current" ? "border-mode-line bg-mode-tint" : "border-edge border-dashed"}`}
        >
          <p className="text-sm font-semibold">
            <span className={is === "Current" ? "text-mode" : ""}>Generation {number}</span>
            <span className="text-soft font-normal"> · {is.toLowerCase()}</span>
          </p>
          <p className="mt-1.5 text-sm leading-normal">{does}</p>
        </li>
      ))}
    </ol>
  );
}
