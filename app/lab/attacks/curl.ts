/** The experiment by hand: lines for a POSIX shell. */
export function attacksCurl(appUrl: string): string {
  const session = appUrl.startsWith("https:") ? "__Host-session" : "session";
  return `LAB=$(curl -s -X POST ${appUrl}/api/lab/identities)
field() { printf '%s' "$LAB" | sed "s/.*\\"$1\\":\\"\\([^\\"]*\\)\\".*/\\1/"; }
login() { printf '{"email":"%s","password":"%s","mode":"%s"}' "$(field email)" "$(field password)" "$1"; }
json='content-type: application/json'
code() { sed 's/.*"code":"\\([^"]*\\)".*/\\1/'; echo; }
curl -s -o /dev/null -c victim.txt -H "$json" -d "$(login session)" ${appUrl}/api/auth/login

# Cross-site request: csrf_rejected
curl -s -X POST -b victim.txt -H 'origin: https://evil.example' ${appUrl}/api/auth/logout-all | code

# Session fixation: the cookie that was planted is refused afterwards, credential_invalid
curl -s -o /dev/null -H 'cookie: ${session}=planted' -H "$json" -d "$(login session)" ${appUrl}/api/auth/login
curl -s -H 'cookie: ${session}=planted' ${appUrl}/api/me | code

# Stolen cookie after log-out: session_ended
cp victim.txt stolen.txt
curl -s -X POST -b victim.txt ${appUrl}/api/auth/logout
curl -s -b stolen.txt ${appUrl}/api/me | code

# Replayed refresh token: the first one again, after two renewals: refresh_reused, and the newest is dead too: session_ended
curl -s -o /dev/null -c jwt.txt -H "$json" -d "$(login jwt)" ${appUrl}/api/auth/login
cp jwt.txt thief.txt
curl -s -o /dev/null -X POST -b jwt.txt -c jwt.txt ${appUrl}/api/auth/refresh
curl -s -o /dev/null -X POST -b jwt.txt -c jwt.txt ${appUrl}/api/auth/refresh
curl -s -X POST -b thief.txt ${appUrl}/api/auth/refresh | code
curl -s -b jwt.txt ${appUrl}/api/me | code

# Open redirect: on to /dashboard, not to evil.example
curl -s -o /dev/null -c jwt.txt -H "$json" -d "$(login jwt)" ${appUrl}/api/auth/login
curl -s -o /dev/null -w '%{redirect_url}\\n' -b jwt.txt '${appUrl}/api/auth/refresh?next=//evil.example'

# Middleware bypass: on to the log-in page
curl -s -o /dev/null -w '%{redirect_url}\\n' -H 'x-middleware-subrequest: middleware:middleware:middleware:middleware:middleware' ${appUrl}/dashboard

# Accounts told by timing: seconds of a wrong password, and of an account that does not exist
seconds() { curl -s -o /dev/null -w '%{time_total}\\n' -H "$json" -d "$1" ${appUrl}/api/auth/login; }
seconds "$(printf '{"email":"%s","password":"wrong"}' "$(field email)")"
seconds '{"email":"nobody@lab.invalid","password":"wrong"}'
`;
}
