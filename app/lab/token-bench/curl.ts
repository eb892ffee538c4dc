/** The experiment by hand: lines for a POSIX shell. */
export const tokenBenchCurl = (appUrl: string): string => `LAB=$(curl -s -X POST ${appUrl}/api/lab/identities)
field() { printf '%s' "$LAB" | sed "s/.*\\"$1\\":\\"\\([^\\"]*\\)\\".*/\\1/"; }
json='content-type: application/json'
login=$(printf '{"email":"%s","password":"%s","transport":"bearer"}' "$(field email)" "$(field password)")
TOKEN=$(curl -s -H "$json" -d "$login" ${appUrl}/api/auth/login | sed 's/.*"accessToken":"\\([^"]*\\)".*/\\1/')

# Base64url to text and back, and the token's three parts
decode() { printf '%s%s' "$1" "$(printf '%*s' $(( (4 - \${#1} % 4) % 4 )) '' | tr ' ' =)" | tr '_-' '/+' | base64 -d; }
encode() { base64 | tr -d '\\n=' | tr '/+' '_-'; }
HEADER=\${TOKEN%%.*}; REST=\${TOKEN#*.}; CLAIMS=\${REST%%.*}; SIGNATURE=\${REST#*.}
me() { curl -s -H "authorization: Bearer $1" ${appUrl}/api/me; echo; }
inspect() { printf '{"token":"%s"}' "$1" | curl -s -H "$json" -d @- ${appUrl}/api/lab/inspect; echo; }

# As it was issued: let in
me "$TOKEN"

# As an administrator's, with the old signature: 401 credential_invalid, by the rule "signature"
ADMIN=$(decode "$CLAIMS" | sed 's/"role":"member"/"role":"admin"/' | encode)
me "$HEADER.$ADMIN.$SIGNATURE"
inspect "$HEADER.$ADMIN.$SIGNATURE"

# alg: none, with the old signature and without: "algorithm", and "spelling"
NONE=$(decode "$HEADER" | sed 's/"alg":"[^"]*"/"alg":"none"/' | encode)
inspect "$NONE.$ADMIN.$SIGNATURE"
inspect "$NONE.$ADMIN."

# The genuine one, in another spelling: "spelling"
inspect "$TOKEN="
`;
