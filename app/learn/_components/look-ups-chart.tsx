/** Queries a second in each mode as servers are added; the arithmetic of lesson 10, drawn on logarithmic scales. */
const REQUESTS_A_SECOND = 100;
const POLLS_A_SECOND = 2.5;
const SERVERS = [1, 10, 100, 1000];

const LEFT = 46;
const RIGHT = 330;
const TOP = 34;
const BOTTOM = 210;
const x = (servers: number) => LEFT + ((RIGHT - LEFT) * Math.log10(servers)) / 3;
const y = (queries: number) => BOTTOM - ((BOTTOM - TOP) * Math.log10(queries)) / 5;

const LINES = [
  { mode: "session", name: "Sessions", each: REQUESTS_A_SECOND },
  { mode: "jwt", name: "Feed of JWT mode", each: POLLS_A_SECOND },
];

export function LookUpsChart() {
  return (
    <>
      <svg
        viewBox="0 0 360 250"
        role="img"
        aria-label="With 1 server, sessions make 100 queries a second and the feed 2.5; with 1,000 servers, 100,000 and 2,500."
        className="card w-full max-w-xl p-2 text-[13px] tabular-nums"
      >
        <text x={4} y={16} className="fill-soft">
          Queries a second
        </text>
        {[1, 10, 100, 1_000, 10_000, 100_000].map((queries) => (
          <g key={queries}>
            <line x1={LEFT} x2={RIGHT} y1={y(queries)} y2={y(queries)} className="stroke-line" />
            <text x={LEFT - 6} y={y(queries) + 4} textAnchor="end" className="fill-soft">
              {queries >= 1000 ? `${queries / 1000}k` : queries}
            </text>
          </g>
        ))}
        {SERVERS.map((servers) => (
          <text key={servers} x={x(servers)} y={BOTTOM + 18} textAnchor="middle" className="fill-soft">
            {servers.toLocaleString("en")}
          </text>
        ))}
        <text x={RIGHT} y={BOTTOM + 34} textAnchor="end" className="fill-soft">
          Servers
        </text>
        {LINES.map(({ mode, name, each }) => (
          <g key={mode} data-mode={mode}>
            <polyline
              points={SERVERS.map((servers) => `${x(servers)},${y(servers * each)}`).join(" ")}
              className="stroke-mode-fill fill-none"
              strokeWidth={2.5}
            />
            {SERVERS.map((servers) => (
              <circle
                key={servers}
                cx={x(servers)}
                cy={y(servers * each)}
                r={3.5}
                className="fill-mode-fill"
              />
            ))}
            <text
              x={x(100) + 4}
              y={y(100 * each) + 18}
              className="fill-mode stroke-surface font-semibold"
              strokeWidth={4}
              paintOrder="stroke"
            >
              {name}
            </text>
          </g>
        ))}
      </svg>
      <details className="mt-2 text-sm">
        <summary className="rounded-control w-fit py-1 font-medium">The numbers</summary>
        <table className="mt-2 tabular-nums">
          <thead>
            <tr className="text-soft text-left">
              <th className="pe-6 font-medium">Servers</th>
              <th className="pe-6 font-medium">Sessions</th>
              <th className="font-medium">Feed</th>
            </tr>
          </thead>
          <tbody>
            {SERVERS.map((servers) => (
              <tr key={servers}>
                <td className="pe-6">{servers.toLocaleString("en")}</td>
                {LINES.map(({ mode, each }) => (
                  <td key={mode} className="pe-6">
                    {(servers * each).toLocaleString("en")}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </>
  );
}
