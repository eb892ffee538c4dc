"use client";
/** Where a page or section says what was done. What is said takes focus, so it is heard and seen at once. */
import { createContext, type ReactNode, useContext, useEffect, useRef, useState } from "react";

const Announce = createContext<(message: string) => void>(() => {});
export const useAnnounce = () => useContext(Announce);

const CARRIED_OVER = "halfstate-notice";

/** Keeps a message for the page that is loaded next. */
export function announceOnNextPage(message: string): void {
  sessionStorage.setItem(CARRIED_OVER, message);
}

/** `notice` is what the server has to say; `arrival` also shows what the previous page left. */
export function NoticeArea({
  notice,
  arrival,
  children,
}: {
  notice?: string;
  arrival?: boolean;
  children?: ReactNode;
}) {
  const [said, setSaid] = useState<{ message: string } | null>(notice ? { message: notice } : null);
  const place = useRef<HTMLParagraphElement>(null);
  const onArrival = useRef(arrival);

  useEffect(() => {
    const message = onArrival.current && sessionStorage.getItem(CARRIED_OVER);
    if (!message) return;
    sessionStorage.removeItem(CARRIED_OVER);
    setSaid({ message });
  }, []);

  useEffect(() => {
    if (said) place.current?.focus({ preventScroll: false });
  }, [said]);

  return (
    <Announce value={(message) => setSaid({ message })}>
      <div role="status">
        {said && (
          <p
            ref={place}
            tabIndex={-1}
            autoFocus={notice !== undefined}
            className="rounded-control border-success-line bg-success-tint text-success mb-4 flex gap-2.5 border px-3 py-2 text-[0.9375rem]"
          >
            <span aria-hidden="true">✓</span>
            {said.message}
          </p>
        )}
      </div>
      {children}
    </Announce>
  );
}
