/** The race and the theft by hand: lines for a POSIX shell. */
export const refreshCurl = (appUrl: string): string => `LAB=$(curl -s -X POST ${appUrl}/api/lab/identities)
field() { printf '%s' "$LAB" | sed "s/.*\\"$1\\":\\"\\([^\\"]*\\)\\".*/\\1/"; }
curl -s -o /dev/null -c first.txt -H 'content-type: application/json' ${appUrl}/api/auth/login \\
  -d "$(printf '{"email":"%s","password":"%s","mode":"jwt"}' "$(field email)" "$(field password)")"

# Eight refreshes with one token: 200 each, and one successor
for n in 1 2 3 4 5 6 7 8; do
  curl -s -o /dev/null -w '%{http_code} ' -b first.txt -c "new$n.txt" -X POST ${appUrl}/api/auth/refresh &
done; wait; echo
echo "successors: $(grep -h refresh new*.txt | awk '{ print $7 }' | sort -u | wc -l)"

# The owner refreshes twice more; then a thief plays the first token back
curl -s -o /dev/null -b new1.txt -c second.txt -X POST ${appUrl}/api/auth/refresh
curl -s -o /dev/null -b second.txt -c third.txt -X POST ${appUrl}/api/auth/refresh
curl -s -b first.txt -X POST ${appUrl}/api/auth/refresh; echo
# ... and the family is dead, for the owner too
curl -s -b third.txt -X POST ${appUrl}/api/auth/refresh; echo
`;
