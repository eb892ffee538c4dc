/** The experiment by hand: lines for a POSIX shell. */
export const outageCurl = (appUrl: string): string => `LAB=$(curl -s -X POST ${appUrl}/api/lab/identities)
field() { printf '%s' "$LAB" | sed "s/.*\\"$1\\":\\"\\([^\\"]*\\)\\".*/\\1/"; }
login() { printf '{"email":"%s","password":"%s","mode":"%s"}' "$(field email)" "$(field password)" "$1"; }
head() { curl -s -o /dev/null -D - "$@" | grep -i -e ^http -e ^retry-after -e ^set-cookie; }
json='content-type: application/json'

# One device in each mode
curl -s -o /dev/null -c session.txt -H "$json" -d "$(login session)" ${appUrl}/api/auth/login
curl -s -o /dev/null -c jwt.txt -H "$json" -d "$(login jwt)" ${appUrl}/api/auth/login

# Without a database, for these requests alone: 503 with Retry-After, and 200. No cookie is cleared
away="x-halfstate-lab: $(field databaseFails)"
head -b session.txt -H "$away" ${appUrl}/api/me
head -b jwt.txt -H "$away" ${appUrl}/api/me

# A renewal needs the database: 503, as JSON and as a page
head -b jwt.txt -H "$away" -X POST ${appUrl}/api/auth/refresh
head -b jwt.txt -H "$away" "${appUrl}/api/auth/refresh?next=/dashboard"

# The server itself is well, and the session is let in again with the cookie that it had
head ${appUrl}/api/health/ready
head -b session.txt ${appUrl}/api/me
`;
