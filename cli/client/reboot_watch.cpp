#include "cli/client/reboot_watch.hpp"

#include "cli/client/control_client.hpp"
#include "cli/client/machines.hpp"
#include "store/error.hpp"

namespace tally::cli {

Contact contact(const std::filesystem::path& socket, const Subject& machine) {
  Contact contact;
  try {
    const ControlReply reply = ask_daemon(socket, "POST", path_of(machine) + "/probe", patience_for_contact);
    const auto* document = reply.body.if_object();
    const auto* is_ok = document == nullptr ? nullptr : document->if_contains("is_ok");
    contact.is_asked = reply.is_ok() && is_ok != nullptr;
    contact.is_ok = contact.is_asked && *is_ok == 1;
    contact.boot_id = text_of(document, "boot_id");
    contact.words = contact.is_asked ? text_of(document, "stage") + ": " + text_of(document, "error") : reply.detail();
  } catch (const StoreError& error) {
    contact.words = error.what();
  }
  return contact;
}

bool is_back(const Contact& before, bool was_down, const Contact& now) {
  if (!now.is_ok) return false;
  const bool is_told = !before.boot_id.empty() && !now.boot_id.empty();
  return is_told ? before.boot_id != now.boot_id : was_down;
}

/// Each contact waits for the machine or its refusal, so that a pause of a tick between them is enough.
bool comes_back(Following& following, const std::filesystem::path& socket, const Subject& machine,
                const Contact& before) {
  bool was_down = false;
  return following.until_over([&] {
    const Contact now = contact(socket, machine);
    Look look;
    look.is_over = is_back(before, was_down, now);
    look.is_blind = true;  // nobody tells that it is back but who asks for it
    was_down = was_down || (now.is_asked && !now.is_ok);
    if (look.is_over) {
      look.words = machine.id + " answers again";
    } else if (!now.is_ok) {
      look.words = machine.id + " does not answer (" + now.words + ")";
    } else {
      look.words = machine.id + " has not gone down yet";
    }
    return look;
  });
}

}  // namespace tally::cli
