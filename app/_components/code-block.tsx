/** Text for a machine or a terminal, as it is; wide lines scroll inside. */
export function CodeBlock({ label, children }: { label: string; children: string }) {
  return (
    <pre
      tabIndex={0}
      role="region"
      aria-label={label}
      className="code rounded-card border-line bg-sunken mt-3 overflow-x-auto border p-4 leading-relaxed"
    >
      {children}
    </pre>
  );
}
