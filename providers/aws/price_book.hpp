// The price lists of an account's regions: asked for once a day, kept over restarts, and in force until a newer one can
// be had. Loop thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "providers/aws/client.hpp"
#include "providers/aws/prices.hpp"
#include "runtime/turns.hpp"

namespace tally::aws {

class PriceBook {
 public:
  /// What it is given outlives the book.
  PriceBook(Client& client, Cache& cache, Clock& clock) : client_(client), cache_(cache), clock_(clock) {}

  struct Known {
    std::shared_ptr<const PriceList> list;
    std::optional<Error> trouble;  // why it is not of today
  };
  /// The newest list of that region code: the vendor's, else the one before it, else this program's own. What cannot be
  /// read of a list has the price of the one before. After a failure the vendor is left alone for a quarter of an hour,
  /// whatever the code; a list without the price of the usual disk is in force until it is asked for again then.
  boost::asio::awaitable<Known> list_of(std::string region_code);

 private:
  struct Entry {
    std::shared_ptr<const PriceList> list;
    std::optional<Timestamp> fetched_at;
    bool is_doubted = false;  // the last one, which was short
    std::optional<TimePoint> left_alone_until{};
    std::optional<Error> disk_trouble{};  // why the disk has an older price
    Turns turns;                          // to ask for it
  };
  struct Fetched {
    PriceList list;
    std::optional<Error> disk_trouble{};  // the disk's price could not be had
  };

  Entry& entry_of(const std::string& region_code);
  void take(Entry& entry, const std::string& region_code, Fetched fetched, Timestamp now);
  Task<Fetched> fetch(std::string region_code);
  Task<> fetch_disk(std::string region_code, std::string region, PriceList& list);

  Client& client_;
  Cache& cache_;
  Clock& clock_;
  std::map<std::string, Entry> entries_;
  std::optional<TimePoint> left_alone_until_;
  std::optional<Error> trouble_;
};

}  // namespace tally::aws
