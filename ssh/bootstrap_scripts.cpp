#include "ssh/bootstrap_scripts.hpp"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <array>

#include "ssh/answer.hpp"
#include "ssh/text.hpp"

namespace tally {
namespace {

// Keys are compared by type and content: options before them and comments behind them do not count.
constexpr const char* prepare_script = R"sh(cd || exit 1
umask 077
if [ "$keys" -gt 0 ]; then
  mkdir -p .ssh && chmod 700 .ssh || exit 1
  file=.ssh/authorized_keys
  [ ! -h "$file" ] || file=$(readlink -f "$file") || exit 1
  new="$file.new-$$"
  trap 'rm -f "$new"' EXIT
  trap 'exit 1' HUP INT TERM PIPE
  rm -f "$new"
  if [ -e "$file" ]; then cat "$file" >"$new"; else : >"$new"; fi || exit 1
  [ -z "$(tail -c 1 "$new")" ] || echo >>"$new" || exit 1
  added=0
  seen=0
  while read -r type blob comment; do
    seen=$((seen + 1))
    sed -e '/^[[:space:]]*#/d' -e 's/[[:space:]][[:space:]]*/ /g' -e 's/^/ /' -e 's/$/ /' "$new" |
      grep -F -e " $type $blob " >/dev/null && continue
    printf '%s %s%s\n' "$type" "$blob" "${comment:+ $comment}" >>"$new" || exit 1
    added=$((added + 1))
  done
  [ "$seen" -eq "$keys" ] || { echo "the keys were cut off" >&2; exit 1; }
  if [ "$added" -gt 0 ]; then
    sync "$new" 2>/dev/null || sync
    mv -f "$new" "$file" || exit 1
  fi
  chmod 600 "$file" || exit 1
fi
answer
echo "${added:-0}"
if [ -z "$agent" ]; then
  echo none
else
  mkdir -p ".tallyd/$agent" && chmod 700 .tallyd || exit 1
  if [ -f ".tallyd/$agent/status" ]; then echo ended
  elif [ -f ".tallyd/$agent/script" ]; then echo uploaded
  else echo missing; fi
fi
answered
)sh";

// Runs in a session of its own. Attempt n is whoever links lock.n, which names its process; no lock is ever removed, so
// that nobody who saw a dead owner can take a lock from a living one. The output goes through a pipe that is drained
// beyond the limit; a service that the script started may hold it open for ever, hence the bounded wait at its end.
constexpr const char* runner_script = R"sh(attempt=$1
limit=$2
read -r boot </proc/sys/kernel/random/boot_id
started=$(sed 's/.*) //' "/proc/$$/stat" | cut -d ' ' -f 20)
echo "$$ $started $boot" >"claim.$$" || exit 1
ln "claim.$$" "lock.$attempt" 2>/dev/null
claimed=$?
rm -f "claim.$$"
[ "$claimed" -eq 0 ] || exit 0
pipe="pipe.$attempt"
rm -f "$pipe" output
mkfifo "$pipe" || exit 1
{ dd bs=1 count="$limit" 2>/dev/null; cat >/dev/null; } <"$pipe" >output &
reader=$!
script="$PWD/script"
(cd && "$script") </dev/null >"$pipe" 2>&1
status=$?
turn=0
while kill -0 "$reader" 2>/dev/null && [ "$turn" -lt 50 ]; do
  sleep 0.1 2>/dev/null || sleep 1
  turn=$((turn + 1))
done
rm -f "$pipe"
echo "$status" >status.new
sync status.new output 2>/dev/null || sync
mv -f status.new status
sync . 2>/dev/null || sync
)sh";

constexpr const char* agent_script = R"sh(cd && cd ".tallyd/$agent" || exit 1
umask 077
is_alive() {
  read -r pid started boot <"$1" || return 1
  read -r now </proc/sys/kernel/random/boot_id
  [ "$boot" = "$now" ] && kill -0 "$pid" 2>/dev/null || return 1
  [ "$started" = "$(sed 's/.*) //' "/proc/$pid/stat" 2>/dev/null | cut -d ' ' -f 20)" ]
}
say() {
  answer
  echo "$1"
  answered
}
launch() {
  detach=nohup
  command -v setsid >/dev/null 2>&1 && detach=setsid
  "$detach" sh -c "$runner" runner "$1" "$limit" </dev/null >/dev/null 2>&1 &
}
attempt=1
turn=0
while [ ! -f status ]; do
  while [ -e "lock.$((attempt + 1))" ]; do attempt=$((attempt + 1)); done
  if [ ! -e lock.1 ]; then
    launch 1
  elif ! is_alive "lock.$attempt" && [ ! -f status ]; then
    [ "$attempt" -lt 5 ] || { say given-up; exit 0; }
    launch "$((attempt + 1))"
  fi
  if [ "$turn" -lt 25 ]; then sleep 0.2 2>/dev/null || sleep 1; else sleep 1; fi
  turn=$((turn + 1))
  [ "$turn" -lt "$turns" ] || { say running; exit 0; }
done
answer
echo "ended $(cat status)"
cat output
answered
)sh";

}  // namespace

std::string agent_name(const std::string& script) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(script.data()), script.size(), digest.data());
  std::string name = "agent-";
  for (const unsigned char byte : digest) name += fmt::format("{:02x}", byte);
  return name;
}

std::string agent_path(const std::string& agent) { return ".tallyd/" + agent + "/script"; }

std::string prepare_line(std::string_view mark, std::size_t keys, const std::string& agent) {
  return shell_script(answer_functions(mark) + fmt::format("keys={}\nagent={}\n", keys, shell_quote(agent)) +
                      prepare_script);
}

// The first 25 turns take a fifth of a second each, the others a second.
std::string agent_line(std::string_view mark, const std::string& agent, std::chrono::seconds patience) {
  const long long seconds = patience.count();
  const long long turns = seconds <= 5 ? seconds * 5 : seconds + 20;
  return shell_script(answer_functions(mark) +
                      fmt::format("agent={}\nturns={}\nlimit={}\nrunner={}\n", shell_quote(agent), turns,
                                  agent_output_limit, shell_quote(runner_script)) +
                      agent_script);
}

}  // namespace tally
