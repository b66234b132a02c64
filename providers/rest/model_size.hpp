// What rows of the model take in memory, to hold an answer within limits::answer_model. A vendor's row may become many
// of ours, so it is counted before they are made. Pure.
#pragma once

#include <cstddef>
#include <vector>

#include "cloud/answer.hpp"
#include "cloud/error.hpp"
#include "cloud/image.hpp"
#include "cloud/instance.hpp"
#include "cloud/instance_type.hpp"
#include "cloud/location.hpp"
#include "net/json_fields.hpp"

namespace tally {

/// In bytes, allocations included.
std::size_t size_of(const InstanceType& type);
std::size_t size_of(const Instance& instance);
std::size_t size_of(const Location& location);
std::size_t size_of(const Image& image);
std::size_t size_of(const Quota& quota);
std::size_t size_of(const Rejected& row);
std::size_t size_of(const Odd& odd);
std::size_t size_of(const json::Findings& findings);

/// Adds up what an answer becomes.
class ModelSize {
 public:
  void add(std::size_t bytes) { bytes_ += bytes; }
  template <class T>
  void add(const std::vector<T>& rows) {
    for (const T& row : rows) bytes_ += size_of(row);
  }
  template <class T>
  void add(const std::vector<Row<T>>& rows) {
    for (const Row<T>& row : rows) bytes_ += size_of(*row);
  }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] bool is_too_large() const;

 private:
  std::size_t bytes_ = 0;
};

/// The error of an answer that would become more than limits::answer_model.
Error too_much_to_hold();

}  // namespace tally
