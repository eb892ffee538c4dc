// What a load test has seen so far: answers and their times by kind of request, what went wrong, and how fast ended credentials were refused.

/** Of the sorted `values`, the one that a share `q` of them does not exceed; null where there are none. */
export const quantile = (values, q) =>
  values.length === 0
    ? null
    : values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))];

/** How an answer counts: as it should be, put off by a limit or a full queue, or wrong. */
export const OUTCOMES = ["fine", "limited", "overloaded", "wrong"];

const WINDOW_MS = 5_000;

export function newTally() {
  const kinds = new Map();
  const wrongs = new Map();
  const recent = [];
  const revocations = [];

  return {
    /** `outcome` is one of OUTCOMES; `words` say what came instead, where it is wrong. */
    add(kind, outcome, milliseconds, at, words = "") {
      if (!kinds.has(kind)) kinds.set(kind, { fine: 0, limited: 0, overloaded: 0, wrong: 0, latencies: [] });
      const seen = kinds.get(kind);
      seen[outcome] += 1;
      // A request that was put off does less than one that was served: its time would flatter.
      if (outcome === "fine") seen.latencies.push(milliseconds);
      if (outcome === "wrong") {
        const what = `${kind}: ${words}`;
        wrongs.set(what, (wrongs.get(what) ?? 0) + 1);
      }
      recent.push({ at, milliseconds });
    },

    /** Milliseconds for which a credential was still accepted after its end was acknowledged; 0 when never. */
    addRevocation: (milliseconds) => void revocations.push(milliseconds),

    /** The last five seconds before `now`: requests a second, and their p99 in milliseconds. */
    lately(now) {
      while (recent.length > 0 && recent[0].at < now - WINDOW_MS) recent.shift();
      return {
        perSecond: recent.length / (WINDOW_MS / 1000),
        p99: quantile(
          recent.map(({ milliseconds }) => milliseconds),
          0.99,
        ),
      };
    },

    /** Everything, as plain data. Times in milliseconds. */
    summary() {
      const rows = [...kinds].map(([kind, { latencies, ...counts }]) => ({
        kind,
        ...counts,
        p50: quantile(latencies, 0.5),
        p95: quantile(latencies, 0.95),
        p99: quantile(latencies, 0.99),
        slowest: quantile(latencies, 1),
      }));
      const total = (outcome) => rows.reduce((sum, row) => sum + row[outcome], 0);
      const [fine, limited, overloaded, wrong] = OUTCOMES.map(total);
      return {
        requests: fine + limited + overloaded + wrong,
        fine,
        limited,
        overloaded,
        wrong,
        rows,
        wrongs: [...wrongs].map(([what, count]) => ({ what, count })),
        revocations: {
          count: revocations.length,
          p50: quantile(revocations, 0.5),
          p99: quantile(revocations, 0.99),
          slowest: quantile(revocations, 1),
        },
      };
    },
  };
}
