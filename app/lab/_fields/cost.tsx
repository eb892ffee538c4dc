/** What starts the measurement: how many rounds. */
export const CostFields = () => (
  <div className="flex flex-wrap items-end gap-x-8 gap-y-5">
    <fieldset>
      <legend className="mb-1.5 text-[0.9375rem] font-medium">Requests of each kind</legend>
      <div className="flex min-h-11 flex-wrap items-center gap-x-5 gap-y-2">
        {["100", "400", "1000"].map((rounds) => (
          <label key={rounds} className="flex items-center gap-2">
            <input type="radio" name="rounds" value={rounds} defaultChecked={rounds === "400"} />{" "}
            {Number(rounds).toLocaleString("en")}
          </label>
        ))}
      </div>
    </fieldset>
    <button type="submit" className="button button-primary min-h-11">
      Measure
    </button>
  </div>
);
