#include "simcloud/recorded.hpp"

#include <fstream>
#include <sstream>

namespace tally::simcloud {
namespace {

std::string read_file(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

std::filesystem::path file_with(const std::filesystem::path& folder, const std::string& start,
                                const std::string& text) {
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (!entry.path().filename().string().starts_with(start)) continue;
    if (read_file(entry.path()).find(text) != std::string::npos) return entry.path();
  }
  return folder / "none";
}

Reply recorded_reply(const Face& face, const std::filesystem::path& folder, const Asked& asked, bool is_second_poll) {
  const std::string path = asked.path.substr(face.base.size());
  std::filesystem::path file = face.recording == nullptr ? folder / "none" : face.recording(folder, path);
  const std::filesystem::path second = file.parent_path() / (file.stem().string() + "_poll2.json");
  if (is_second_poll && std::filesystem::exists(second)) file = second;
  Reply reply;
  reply.body = read_file(file);
  if (reply.body.empty()) reply.status = 404;
  if (reply.status == 404) reply.body = R"({"error":{"code":"global/object-does-not-exist","message":"not found"}})";
  return reply;
}

}  // namespace tally::simcloud
