/** What starts the outage: the two ways in which a database goes away. */
export const OutageFields = () => (
  <div className="flex flex-wrap gap-3">
    <button type="submit" name="how" value="fails" className="button button-primary">
      Make its queries fail at once
    </button>
    <button type="submit" name="how" value="stalls" className="button button-plain">
      Make its queries hang
    </button>
  </div>
);
