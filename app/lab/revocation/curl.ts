/** The experiment by hand: lines for a POSIX shell. */
export const revocationCurl = (appUrl: string): string => `LAB=$(curl -s -X POST ${appUrl}/api/lab/identities)
field() { printf '%s' "$LAB" | sed "s/.*\\"$1\\":\\"\\([^\\"]*\\)\\".*/\\1/"; }
login() { printf '{"email":"%s","password":"%s","mode":"%s"}' "$(field email)" "$(field password)" "$1"; }
json='content-type: application/json'

# Three devices: a session, a JWT, and a JWT that lives 2 seconds on a server that keeps no list
curl -s -o /dev/null -c session.txt -H "$json" -d "$(login session)" ${appUrl}/api/auth/login
curl -s -o /dev/null -c jwt.txt -H "$json" -d "$(login jwt)" ${appUrl}/api/auth/login
curl -s -o /dev/null -c unfed.txt -H "$json" -H "x-halfstate-lab: $(field shortToken)" -d "$(login jwt)" ${appUrl}/api/auth/login

# Sign all of them out
curl -s -X POST -b session.txt ${appUrl}/api/auth/logout-all; echo

# Who is still let in? 401 session_ended twice, and 200 for the one without a list
curl -s -b session.txt ${appUrl}/api/me; echo
curl -s -b jwt.txt ${appUrl}/api/me; echo
curl -s -b unfed.txt -H "x-halfstate-lab: $(field feedOff)" ${appUrl}/api/me; echo
`;
