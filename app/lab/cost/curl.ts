/** The experiment by hand: lines for a POSIX shell. */
export const costCurl = (appUrl: string): string => `LAB=$(curl -s -X POST ${appUrl}/api/lab/identities)
field() { printf '%s' "$LAB" | sed "s/.*\\"$1\\":\\"\\([^\\"]*\\)\\".*/\\1/"; }
login() { printf '{"email":"%s","password":"%s","mode":"%s"}' "$(field email)" "$(field password)" "$1"; }
json='content-type: application/json'
curl -s -o /dev/null -c jwt.txt -H "$json" -d "$(login jwt)" ${appUrl}/api/auth/login
curl -s -o /dev/null -c session.txt -H "$json" -d "$(login session)" ${appUrl}/api/auth/login

# 100 requests of a kind on one connection: the 50th, 95th and 99th of their times in order, and the bytes of the last
measure() {
  kind=$1; shift
  curl -s -w '%{stderr}%{time_total} %{size_request} %{size_header} %{size_download}\\n' "$@" >/dev/null 2>all.txt
  sort -n all.txt | awk -v kind="$kind" '{ t[NR] = $1; sent = $2; back = $3 + $4 }
    END { print kind ": p50 " t[50] " s, p95 " t[95] " s, p99 " t[99] " s, " sent " bytes sent, " back " back" }'
}
measure bare "${appUrl}/api/health/live?[1-100]"
measure jwt -b jwt.txt "${appUrl}/api/me?[1-100]"
measure session -b session.txt "${appUrl}/api/me?[1-100]"

# What the server itself says of one: its own time, and 0 queries or 1
curl -s -o /dev/null -D - -b jwt.txt ${appUrl}/api/me | grep -i '^server-timing'
curl -s -o /dev/null -D - -b session.txt ${appUrl}/api/me | grep -i '^server-timing'
`;
