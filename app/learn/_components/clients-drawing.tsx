/** Who carries what to whom: a browser with a cookie, a phone with a token, and a service that only checks. */
type Box = { x: number; y: number; title: string; says: string; mode?: "jwt" };

const BOXES: Box[] = [
  { x: 8, y: 8, title: "Browser, our site", says: "cookie, unasked" },
  { x: 8, y: 92, title: "Phone or script", says: "bearer header", mode: "jwt" },
  { x: 8, y: 176, title: "Any holder", says: "bearer header", mode: "jwt" },
  { x: 224, y: 50, title: "This app", says: "hears every ending" },
  { x: 224, y: 176, title: "Another service", says: "knows public keys" },
];

export function ClientsDrawing() {
  return (
    <svg
      viewBox="0 0 368 236"
      role="img"
      aria-label="A browser sends a cookie to this app; a phone sends a bearer token to it. Anybody who holds a token can also send it to another service, which checks it with this app’s public keys."
      className="card w-full max-w-xl p-2 text-[13px]"
    >
      <defs>
        <marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
          <path d="M0 0.5 7 4 0 7.5z" className="fill-edge" />
        </marker>
      </defs>
      <g className="stroke-edge fill-none" strokeWidth={1.5} markerEnd="url(#arrow)">
        <path d="M146 34 C 185 34 185 68 222 68" />
        <path d="M146 118 C 185 118 185 84 222 84" data-mode="jwt" className="stroke-mode-fill" />
        <path d="M146 202 H 222" data-mode="jwt" className="stroke-mode-fill" />
        <path d="M276 174 V 104" strokeDasharray="4 4" />
      </g>
      <text x={284} y={144} className="fill-soft">
        public keys
      </text>
      {BOXES.map(({ x, y, title, says, mode }) => (
        <g key={title} data-mode={mode} transform={`translate(${x} ${y})`}>
          <rect
            width={136}
            height={52}
            rx={8}
            className={mode ? "fill-mode-tint stroke-mode-line" : "fill-sunken stroke-line"}
          />
          <text x={12} y={22} className="fill-ink font-semibold">
            {title}
          </text>
          <text x={12} y={40} className={mode ? "fill-mode" : "fill-soft"}>
            {says}
          </text>
        </g>
      ))}
    </svg>
  );
}
