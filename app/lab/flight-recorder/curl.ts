/** The experiment by hand: lines for a POSIX shell. */
export const flightRecorderCurl = (
  appUrl: string,
): string => `LAB=$(curl -s -X POST ${appUrl}/api/lab/identities)
field() { printf '%s' "$LAB" | sed "s/.*\\"$1\\":\\"\\([^\\"]*\\)\\".*/\\1/"; }
login() { printf '{"email":"%s","password":"%s","mode":"%s"}' "$(field email)" "$(field password)" "$1"; }
json='content-type: application/json'
trace="x-halfstate-lab: $(field trace)"

# One device in each mode
curl -s -o /dev/null -c session.txt -H "$json" -d "$(login session)" ${appUrl}/api/auth/login
curl -s -o /dev/null -c jwt.txt -H "$json" -d "$(login jwt)" ${appUrl}/api/auth/login

# What did the request do? x-halfstate-trace tells step by step, Server-Timing in short
curl -s -o /dev/null -D - -b session.txt -H "$trace" ${appUrl}/api/me | grep -i -e ^server-timing -e ^x-halfstate-trace
curl -s -o /dev/null -D - -b jwt.txt -H "$trace" ${appUrl}/api/me | grep -i -e ^server-timing -e ^x-halfstate-trace

# A page comes by the middleware first, which says how long it took
curl -s -o /dev/null -D - -b jwt.txt -H "$trace" ${appUrl}/dashboard | grep -i -e ^server-timing -e ^x-halfstate-trace

# Revoked: the answer says so, and its trace who noticed
curl -s -X POST -b jwt.txt ${appUrl}/api/auth/logout
curl -s -D - -b jwt.txt -H "$trace" ${appUrl}/api/me | grep -i -e ^x-halfstate-trace -e '"code"'; echo
`;
