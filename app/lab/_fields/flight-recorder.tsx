import { FLIGHT_REQUESTS } from "../_views/flight-requests";

/** What starts the flight recorder: one button for each request. */
export const FlightRecorderFields = () => (
  <fieldset>
    <legend className="font-medium">Choose a request to record</legend>
    <div className="mt-3 grid gap-2 sm:grid-cols-2 lg:grid-cols-4">
      {Object.entries(FLIGHT_REQUESTS).map(([id, { title, says }]) => (
        <button
          key={id}
          type="submit"
          name="request"
          value={id}
          className="button button-plain content-start justify-items-start px-3 py-2 text-start"
        >
          <span className="code text-[0.8125rem]">{title}</span>
          <span className="text-soft mt-0.5 text-sm font-normal">{says}</span>
        </button>
      ))}
    </div>
  </fieldset>
);
