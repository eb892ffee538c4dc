/** A sequence diagram: four lifelines, messages between them, and work that is done on one. A place that was not visited stays quiet. */
import type { Mode } from "@/app/_components/mode-facts";

/** A message goes `from` one place `to` another; work stays where it is. */
export type SequenceEvent = { from: number; to: number; title: string; detail?: string; isAnswer?: boolean };

type Place = { name: string; runtime?: string; isVisited: boolean };

type Props = { mode: Mode; label: string; places: Place[]; events: SequenceEvent[] };

export function SequenceDiagram({ mode, label, places, events }: Props) {
  return (
    <div data-mode={mode}>
      <ul className="sequence-heads" aria-label="Places">
        {places.map(({ name, runtime, isVisited }) => (
          <li key={name} data-quiet={!isVisited || undefined}>
            <span className="font-medium">{name}</span>
            <span className="text-soft block text-xs">
              {isVisited ? (runtime ?? "\u00a0") : "not visited"}
            </span>
          </li>
        ))}
      </ul>
      <div className="sequence">
        <div className="sequence-lines" aria-hidden="true">
          {places.map(({ name, isVisited }) => (
            <span key={name} data-quiet={!isVisited || undefined} />
          ))}
        </div>
        <ol aria-label={label}>
          {events.map((event, at) => (
            <Row key={at} event={event} places={places} />
          ))}
        </ol>
      </div>
    </div>
  );
}

function Row({
  event: { from, to, title, detail, isAnswer },
  places,
}: {
  event: SequenceEvent;
  places: Place[];
}) {
  const isWork = from === to;
  const way = isWork ? places[from]!.name : `${places[from]!.name} to ${places[to]!.name}`;
  return (
    <li className="sequence-row" data-work={isWork || undefined} data-begins={from === 0 || undefined}>
      <p className="sequence-label" style={{ gridColumn: around(from, to) }}>
        <span className="sr-only">{way}: </span>
        <span className="sequence-words">
          <span className={from === 0 ? "code font-medium" : ""}>{title}</span>
          {detail && (
            <>
              <span className="sr-only">, </span>
              <span className="sequence-detail">{detail}</span>
            </>
          )}
        </span>
      </p>
      {!isWork && (
        <span
          aria-hidden="true"
          className="sequence-arrow"
          data-left={to < from || undefined}
          data-answer={isAnswer || undefined}
          style={{ gridColumn: `${line(Math.min(from, to))} / ${line(Math.max(from, to))}` }}
        />
      )}
    </li>
  );
}

/** Each place is two columns wide; its lifeline stands on the line between them. */
const line = (place: number): number => 2 * place + 2;

/** The widest span of columns that has its middle where the message or the work has its own. */
function around(from: number, to: number): string {
  const middle = from + to + 2;
  const reach = Math.min(middle - 1, 9 - middle);
  return `${middle - reach} / ${middle + reach}`;
}
