/** Runs once when the server starts, before the first request: refuses to start on a bad environment, then wakes what must be awake. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== "nodejs") return;
  const { boot } = await import("@/lib/http/boot");
  await boot();
}
