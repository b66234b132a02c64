// What goes on for longer than a client waits for one answer: probes of instances and checks of credentials. A client
// follows one as an operation, under an ID of its own. They change nothing, so they are not in the journal and end with
// the daemon; the event log tells of those that somebody may follow. Loop thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>
#include <chrono>
#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>

#include "cloud/ids.hpp"
#include "cloud/result.hpp"
#include "runtime/clock.hpp"
#include "runtime/tasks.hpp"
#include "store/catalog_writer.hpp"

namespace tally::api {

/// What a job is, and whom it is about: of those that are equal one runs at a time.
struct JobKey {
  std::string kind;  // "probe", "check"
  CredentialRef credential;
  CloudId cloud_id;  // empty: it is about no instance

  auto operator<=>(const JobKey&) const = default;
};

struct Job {
  std::string id;
  JobKey about;
  Timestamp created_at{};
  std::optional<Timestamp> finished_at;
  std::optional<Error> error;
  std::exception_ptr failure;  // it ended in an exception: a fault of ours, or of the catalog
  boost::json::object result;  // when it has finished without either

  [[nodiscard]] const char* state() const;

  /// As a row of the view `operations`.
  [[nodiscard]] boost::json::object row() const;
};

class Jobs {
 public:
  using Work = Task<boost::json::object>;

  /// References outlive it, and the tasks are over before it goes.
  Jobs(CatalogWriter& writer, Clock& clock, Tasks& tasks) : writer_(writer), clock_(clock), tasks_(tasks) {}

  /// Does it, or joins the equal one that runs (`work` is dropped then), and waits for the end for so long. One that
  /// goes on can be found by its ID from then on, and until many others have ended.
  boost::asio::awaitable<std::shared_ptr<const Job>> carry_out(JobKey about, Work work,
                                                               std::chrono::milliseconds patience);

  /// Waits for the end of one that goes on for so long; nullptr when there is none of that ID.
  boost::asio::awaitable<std::shared_ptr<const Job>> find(std::string id, std::chrono::milliseconds patience);

 private:
  struct Entry;

  boost::asio::awaitable<void> run(std::shared_ptr<Entry> entry, Work work);
  boost::asio::awaitable<bool> has_ended(std::shared_ptr<Entry> entry, std::chrono::milliseconds patience);
  boost::asio::awaitable<void> tell(std::shared_ptr<Entry> entry, std::string kind);
  void keep(const std::shared_ptr<Entry>& entry);

  CatalogWriter& writer_;
  Clock& clock_;
  Tasks& tasks_;
  std::map<JobKey, std::shared_ptr<Entry>> running_;
  std::map<std::string, std::shared_ptr<Entry>> followed_;  // by ID: that clients were told of
  std::deque<std::string> ended_;                           // of those, the oldest first
};

}  // namespace tally::api
