/** The product's sign: one circle, half of it session, half of it JWT. */
export function Mark() {
  return (
    <svg viewBox="0 0 32 32" className="size-5" aria-hidden="true">
      <path data-mode="session" className="fill-mode-fill" d="M16 3a13 13 0 0 0 0 26z" />
      <path data-mode="jwt" className="fill-mode-fill" d="M16 3a13 13 0 0 1 0 26z" />
    </svg>
  );
}
