/** What starts the refresh race: how many at once, and whether losers are pardoned. */
export const RefreshFields = () => (
  <div className="flex flex-wrap items-end gap-x-8 gap-y-5">
    <div>
      <label htmlFor="parallel" className="mb-1.5 block text-[0.9375rem] font-medium">
        Refreshes at once
      </label>
      <input
        id="parallel"
        name="parallel"
        type="number"
        min={2}
        max={30}
        defaultValue={12}
        required
        className="input max-w-28"
      />
    </div>
    <fieldset>
      <legend className="mb-1.5 text-[0.9375rem] font-medium">Grace for the token just replaced</legend>
      <div className="flex min-h-11 flex-wrap items-center gap-x-5 gap-y-2">
        <label className="flex items-center gap-2">
          <input type="radio" name="grace" value="on" defaultChecked /> As this server has it
        </label>
        <label className="flex items-center gap-2">
          <input type="radio" name="grace" value="off" /> None
        </label>
      </div>
    </fieldset>
    <button type="submit" className="button button-primary min-h-11">
      Race, then steal
    </button>
  </div>
);
