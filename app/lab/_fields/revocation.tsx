/** What starts the revocation stopwatch. */
export const RevocationFields = () => (
  <button type="submit" className="button button-primary">
    Sign in three devices, then end them all
  </button>
);
