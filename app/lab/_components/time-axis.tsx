/** An axis in seconds below lanes whose positions are percentages: words stay legible at every width. */
export function TimeAxis({ x }: { x: { (milliseconds: number): number; ticks(count: number): number[] } }) {
  return (
    <div className="border-line relative mt-4 h-6 border-t" aria-hidden="true">
      {x.ticks(5).map((at) => (
        <span
          key={at}
          className="text-soft absolute top-1 -translate-x-1/2 text-xs whitespace-nowrap tabular-nums first:translate-x-0"
          style={{ left: `${x(at)}%` }}
        >
          {at / 1000} s
        </span>
      ))}
    </div>
  );
}
