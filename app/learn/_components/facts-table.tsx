/** A small table for comparing: rows become cards where there is no room for columns. */
import type { ReactNode } from "react";

type Row = { name: ReactNode; cells: ReactNode[] };

/** `heads` names the first column, then one for each cell. The roles say what CSS, which lays the rows out as cards, would hide. */
export function FactsTable({ label, heads, rows }: { label: string; heads: ReactNode[]; rows: Row[] }) {
  return (
    <table role="table" aria-label={label} className="facts">
      <thead role="rowgroup">
        <tr role="row">
          {heads.map((head, column) => (
            <th key={column} role="columnheader" scope="col">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map(({ name, cells }, row) => (
          <tr key={row} role="row">
            <th role="rowheader" scope="row">
              {name}
            </th>
            {cells.map((cell, column) => (
              <td key={column} role="cell">
                <span className="facts-label" aria-hidden="true">
                  {heads[column + 1]}
                </span>
                {cell}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
