// What a create makes beside its machine, and what there is already: SSH keys and startup scripts. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cloud/create_request.hpp"
#include "cloud/result.hpp"

namespace tally::verda {

/// A key, or a script.
struct Belonging {
  std::string id;
  std::string name;
  std::string text;  // of the key or the script
};

/// GET /ssh-keys, GET /scripts: a row that cannot be read is none; at worst one is added that was there.
Result<std::vector<Belonging>> read_keys(std::string_view body);
Result<std::vector<Belonging>> read_scripts(std::string_view body);

/// The ID of what was made: bare, as a JSON text, or in an object. Error: it is none, or none that could stand in a
/// path.
Result<std::string> read_new_id(std::string_view body);

/// Letters, digits and `._~-`: all that IDs and types consist of.
bool is_segment(std::string_view text);

/// Letters and digits as they are, and one dash for whatever is between them: what names consist of. At most so many
/// bytes.
std::string dashed(std::string_view text, std::size_t longest);

/// What is made for a create: "brev-key-job-7-0a1b2c3d4e5f". At most 63 characters of a-z, 0-9 and `-`: the vendor's
/// own tools name things so. The end is of the create's token: RefIDs that look alike, and an earlier create of the
/// same one, have other names, and so nothing that another create's clean-up removes.
std::string key_name(const CreateRequest& request);
std::string script_name(const CreateRequest& request);

/// A key of such a name goes when its own machine does.
bool is_of_a_create(const Belonging& key);

}  // namespace tally::verda
