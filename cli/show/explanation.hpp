// All that the catalog knows of one type, instance or location, as queries. Pure data.
#pragma once

#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/subject.hpp"

namespace tally::cli {

struct Section {
  std::string view;  // as programs call it
  std::string title;
  Query query;
};

struct Explanation {
  Query subject;  // one row; a person reads its fields one a line
  std::vector<Section> sections;
};

/// `ssh`: as whom and where an instance is reached over SSH, in words; "" when it is not, or is no instance.
Explanation explanation_of(const Subject& subject, const std::string& ssh);

}  // namespace tally::cli
