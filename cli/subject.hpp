// Which type, instance or location a person means.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "store/reader.hpp"

namespace CLI {
class App;
}

namespace tally::cli {

struct Subject {
  std::string kind;  // as events.subject_kind
  std::string credential;
  std::string id;  // instance_type_id, cloud_id, or the location's name
  std::string name;
  std::string location;
};

/// Nothing, or more than one thing, goes by that name: exit code 1.
class NoSubject : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What somebody gives to name a subject.
struct SubjectName {
  std::string text;  // an ID, else a name, else a part of one
  std::string credential;
  std::string location;
  bool is_whole = false;  // a part of a name names nothing: for what changes something

  /// The positional NAME and --credential, --location.
  void add_options(CLI::App& command, const std::string& name, const std::string& help);
};

/// Those whose ID is the text; if there are none, those whose name is; if there are none, those that it is a part of.
/// `kinds` as "'instance_type', 'instance'".
std::vector<Subject> find_subjects(Reader& reader, const SubjectName& name, const std::string& kinds);

/// The one instance that goes by the name; of several, the one that has not ended. Throws NoSubject.
Subject find_instance(Reader& reader, const SubjectName& name);

/// Throws NoSubject that lists the candidates.
[[noreturn]] void refuse(const SubjectName& name, const std::vector<Subject>& candidates);

}  // namespace tally::cli
