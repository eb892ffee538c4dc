"use client";
/** Light, dark, or as the system says. The choice is a cookie, so the server already sends the right one. */
import { useRef, useState } from "react";

import { type Theme, THEMES } from "./themes";

const NAMES: Record<Theme, string> = { system: "As the system", light: "Light", dark: "Dark" };
const YEAR_IN_SECONDS = 31_536_000;

/** Puts the theme on this document at once, and into the cookie for the next. */
function wear(theme: Theme): void {
  const root = document.documentElement;
  if (theme === "system") delete root.dataset.theme;
  else root.dataset.theme = theme;
  const lifetime = theme === "system" ? 0 : YEAR_IN_SECONDS;
  document.cookie = `theme=${theme}; path=/; max-age=${lifetime}; samesite=lax`;
}

export function ThemeControl({ initial }: { initial: Theme }) {
  const [theme, setTheme] = useState(initial);
  const menu = useRef<HTMLDivElement>(null);

  function choose(next: Theme) {
    setTheme(next);
    wear(next);
    menu.current?.hidePopover();
  }

  return (
    <div className="scriptless:hidden -me-2 flex">
      <button
        type="button"
        popoverTarget="theme-menu"
        aria-label={`Theme: ${NAMES[theme].toLowerCase()}`}
        className="rounded-control text-soft hover:bg-sunken hover:text-ink grid size-9 place-items-center"
      >
        <svg
          viewBox="0 0 16 16"
          className="size-4.5"
          fill="none"
          stroke="currentColor"
          strokeWidth="1.5"
          aria-hidden="true"
        >
          <path d="M13.5 9.6A5.9 5.9 0 0 1 6.4 2.5a5.9 5.9 0 1 0 7.1 7.1z" strokeLinejoin="round" />
        </svg>
      </button>
      <div ref={menu} id="theme-menu" popover="auto" className="menu" role="group" aria-label="Theme">
        {THEMES.map((option) => (
          <button
            key={option}
            type="button"
            aria-pressed={option === theme}
            onClick={() => choose(option)}
            className="menu-item"
          >
            <span aria-hidden="true" className="w-4">
              {option === theme && "✓"}
            </span>
            {NAMES[option]}
          </button>
        ))}
      </div>
    </div>
  );
}
