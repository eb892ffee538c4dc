/** The experiment by hand: lines for a POSIX shell. */
export const stalenessCurl = (appUrl: string): string => `LAB=$(curl -s -X POST ${appUrl}/api/lab/identities)
field() { printf '%s' "$LAB" | sed "s/.*\\"$1\\":\\"\\([^\\"]*\\)\\".*/\\1/"; }
login() { printf '{"email":"%s","password":"%s","mode":"%s"}' "$(field email)" "$(field password)" "$1"; }
json='content-type: application/json'
curl -s -o /dev/null -c session.txt -H "$json" -d "$(login session)" ${appUrl}/api/auth/login
curl -s -o /dev/null -c jwt.txt -H "$json" -d "$(login jwt)" ${appUrl}/api/auth/login

# Who the server takes each of them for, and what the token itself says
name() { grep -o '"name":"[^"]*"'; }
claims() {
  awk '$6 ~ /access$/ { print $7 }' jwt.txt | cut -d. -f2 | tr '_-' '/+' |
    awk '{ while (length($0) % 4) $0 = $0 "="; print }' | base64 -d | name
}
all() {
  echo "session: $(curl -s -b session.txt ${appUrl}/api/me | name)"
  echo "jwt:     $(curl -s -b jwt.txt ${appUrl}/api/me | name)"
  echo "claims:  $(claims)"
}

# The name is changed by the session device: the token does not know, until it is refreshed
all
curl -s -o /dev/null -X PATCH -b session.txt -H "$json" -d '{"name":"Renamed"}' ${appUrl}/api/me
all
curl -s -o /dev/null -X POST -b jwt.txt -c jwt.txt ${appUrl}/api/auth/refresh
all

# To change a role takes an administrator, so here the experiment itself does it:
# milliseconds until session, JWT and JWT without a list were right
curl -s -X POST ${appUrl}/api/lab/staleness | tail -n 2 | grep -o '"right":{[^}]*}'
`;
