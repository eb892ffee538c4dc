import type { ReactNode } from "react";

type Props = { label: string; columns: string[]; children: ReactNode };

/** A table of numbers that scrolls by itself where it is wider than the page. */
export function ScrollTable({ label, columns, children }: Props) {
  return (
    <div className="mt-4 overflow-x-auto" tabIndex={0} role="region" aria-label={label}>
      <table className="lab-table">
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
