#include "simcloud/recorded.hpp"

#include <fstream>
#include <sstream>

#include "simcloud/lambda_face.hpp"

namespace tally::simcloud {
namespace {

Reply file_reply(const std::filesystem::path& file) {
  Reply reply;
  std::ifstream in(file);
  std::stringstream text;
  if (in && text << in.rdbuf()) {
    reply.body = text.str();
    return reply;
  }
  reply.status = 404;
  reply.body = R"({"error":{"code":"global/object-does-not-exist","message":"Specified instance does not exist."}})";
  return reply;
}

/// Of the instance_get_*.json files the one that holds the asked ID.
std::filesystem::path file_of_instance(const std::filesystem::path& folder, const std::string& id) {
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (!entry.path().filename().string().starts_with("instance_get_")) continue;
    std::ifstream in(entry.path());
    std::stringstream text;
    text << in.rdbuf();
    if (text.str().find('"' + id + '"') != std::string::npos) return entry.path();
  }
  return folder / "none";
}

}  // namespace

Reply recorded_reply(const std::filesystem::path& folder, const Asked& asked, bool is_second_poll) {
  const std::string path = asked.path.substr(lambda_base.size());
  const std::string instance = "/instances/";
  if (path.starts_with(instance)) return file_reply(file_of_instance(folder, path.substr(instance.size())));
  const std::filesystem::path second = folder / (path.substr(1) + "_poll2.json");
  if (is_second_poll && std::filesystem::exists(second)) return file_reply(second);
  return file_reply(folder / (path.substr(1) + ".json"));
}

}  // namespace tally::simcloud
