/** What starts the staleness meter. */
export const StalenessFields = () => (
  <button type="submit" className="button button-primary">
    Change the role, then the name
  </button>
);
