/** A histogram for what happens in every request: prom-client's own makes a text of the labels and of the bucket each time, some ten microseconds in a busy process. */
import type { Histogram, MetricObjectWithValues, MetricValueWithName, Registry } from "prom-client";

/** `counts`: one for each upper bound, and one for what is above them all. */
type Cell = { labels: string[]; counts: number[]; sum: number };
type Cells = Map<string, Cells | Cell>;

export class Durations<Label extends string> {
  readonly type = "histogram";
  readonly #cells: Cell[] = [];
  readonly #root: Cells = new Map();

  /** `buckets`: upper bounds in seconds, rising. */
  constructor(
    registry: Registry,
    readonly name: string,
    readonly help: string,
    readonly labelNames: readonly Label[],
    private readonly buckets: readonly number[],
  ) {
    // What a registry asks of a metric is a name and `get`; its type names the classes of the library.
    registry.registerMetric(this as unknown as Histogram);
  }

  /** One value for each label, in the order of their names. */
  observe(seconds: number, ...labels: string[]): void {
    const cell = this.#find(labels);
    let bucket = 0;
    while (bucket < this.buckets.length && seconds > this.buckets[bucket]!) bucket += 1;
    cell.counts[bucket]! += 1;
    cell.sum += seconds;
  }

  #find(labels: string[]): Cell {
    let cells = this.#root;
    const last = labels.length - 1;
    for (let depth = 0; depth < last; depth += 1) {
      let below = cells.get(labels[depth]!) as Cells | undefined;
      if (!below) cells.set(labels[depth]!, (below = new Map()));
      cells = below;
    }
    let cell = cells.get(labels[last]!) as Cell | undefined;
    if (!cell) {
      cell = { labels, counts: new Array<number>(this.buckets.length + 1).fill(0), sum: 0 };
      cells.set(labels[last]!, cell);
      this.#cells.push(cell);
    }
    return cell;
  }

  /** As a scrape is written from: buckets count what is at or below their bound. */
  async get(): Promise<MetricObjectWithValues<MetricValueWithName<string>>> {
    const { name, help, type } = this;
    const values = this.#cells.flatMap(({ labels: words, counts, sum }) => {
      const labels = Object.fromEntries(this.labelNames.map((label, n) => [label, words[n]!]));
      let count = 0;
      const buckets = counts.map((own, n) => {
        count += own;
        const le = this.buckets[n] ?? "+Inf";
        return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: count };
      });
      return [
        ...buckets,
        { metricName: `${name}_sum`, labels, value: sum },
        { metricName: `${name}_count`, labels, value: count },
      ];
    });
    return { name, help, type, values, aggregator: "sum" } as unknown as MetricObjectWithValues<
      MetricValueWithName<string>
    >;
  }
}
