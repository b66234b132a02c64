// The commands that read the catalog. Each is one query over the views.
#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/command.hpp"
#include "cli/format.hpp"

namespace tally::cli {
namespace {

// An age in words, as SQL: the table shows it, programs get the view's own columns.
std::string age_sql(const std::string& ms) {
  const std::string s = "(max(0, (SELECT ms FROM now_ms) - " + ms + ") / 1000)";
  const auto in = [&s](int unit, const char* name) {
    return "(" + s + " / " + std::to_string(unit) + ") || ' " + name + "'";
  };
  return "(CASE WHEN " + ms + " IS NULL THEN 'never' WHEN " + s + " < 120 THEN " + in(1, "s") + " WHEN " + s +
         " < 7200 THEN " + in(60, "min") + " WHEN " + s + " < 172800 THEN " + in(3600, "h") + " ELSE " +
         in(86400, "d") + " END)";
}

std::string age_sql(const std::string& ms, const std::string& is_stale) {
  return age_sql(ms) + " || CASE " + is_stale + " WHEN 1 THEN ' (stale)' ELSE '' END";
}

/// Conditions joined by AND, each with its parameter.
class Where {
 public:
  void add(const std::string& condition) { text_ += (text_.empty() ? " WHERE " : " AND ") + condition; }
  void add(const std::string& condition, SqlValue parameter) {
    add(condition);
    parameters_.push_back(std::move(parameter));
  }
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] const std::vector<SqlValue>& parameters() const { return parameters_; }

 private:
  std::string text_;
  std::vector<SqlValue> parameters_;
};

struct OfferFilters {
  std::string gpu;
  std::string location;
  std::string country;
  std::string provider;
  std::optional<int> count;
  std::optional<int> min_vram;
  std::optional<double> max_price;
  bool is_available = false;
  std::string sort = "price";
};

void run_offers(const Context& context, const OfferFilters& filters) {
  Where where;
  if (!filters.gpu.empty()) where.add("gpu_name = upper(?)", filters.gpu);
  if (filters.count) where.add("gpu_count = ?", std::int64_t{*filters.count});
  if (filters.min_vram) where.add("gpu_memory_gb >= ?", std::int64_t{*filters.min_vram});
  if (filters.max_price) where.add("price_per_hour <= ?", *filters.max_price);
  if (!filters.location.empty()) where.add("location = ?", filters.location);
  if (!filters.country.empty()) where.add("country = upper(?)", filters.country);
  if (!filters.provider.empty()) where.add("(provider = ?1 OR cloud = ?1)", filters.provider);
  if (filters.is_available) where.add("is_available = 1");
  const std::map<std::string, std::string> orders = {
      {"price", "price_nanos IS NULL, price_nanos"},
      {"gpu-price", "price_per_gpu_hour IS NULL, price_per_gpu_hour"},
      {"gpu", "gpu_name, gpu_count"},
      {"location", "location"},
      {"age", "seen_at_ms DESC"},
  };
  Query query;
  query.select =
      "gpu_count || ' x ' || gpu_name, gpu_memory_gb, usage_class, CASE WHEN price_nanos IS NULL THEN NULL ELSE "
      "printf('%.2f %s', price_per_hour, currency) END, printf('%.2f', price_per_gpu_hour), "
      "CASE is_available WHEN 1 THEN 'yes' WHEN 0 THEN 'no: ' || coalesce(availability_reason, '?') ELSE 'unknown' "
      "END, "
      "location, country, provider, type, " +
      age_sql("seen_at_ms", "is_stale") + ", is_stale";
  query.from =
      "FROM offers" + where.text() + " ORDER BY " + orders.at(filters.sort) + ", provider, location, type, usage_class";
  query.parameters = where.parameters();
  query.columns = {{"GPUS"},      {"GB EACH", true},         {"USAGE"},   {"PER HOUR", true}, {"PER GPU", true},
                   {"AVAILABLE"}, {"LOCATION", false, true}, {"COUNTRY"}, {"PROVIDER"},       {"TYPE", false, true},
                   {"AGE", true}};
  Reader reader = context.open();
  query.when_empty = "no offer matches; " + plain(reader.query("SELECT count(*) FROM offers").rows.at(0).at(0)) +
                     " offers in all (tallyctl status tells how fresh they are)";
  show(context, reader, query);
}

void run_instances(const Context& context, bool with_ended) {
  Query query;
  query.select =
      "substr(cloud_id, 1, 12), name, status, gpu_count || ' x ' || gpu_name, location, public_ip, "
      "CASE WHEN price_nanos IS NULL THEN NULL ELSE printf('%.2f %s', price_per_hour, currency) END, " +
      age_sql("coalesce(created_at_ms, first_seen_at_ms)") +
      ", CASE is_ours WHEN 1 THEN 'yes' ELSE 'no' END, "
      "credential, " +
      age_sql("seen_at_ms", "is_stale") + ", is_stale";
  query.from = std::string("FROM instances") + (with_ended ? "" : " WHERE is_ended = 0") +
               " ORDER BY is_ended, credential, coalesce(created_at_ms, first_seen_at_ms), cloud_id";
  query.columns = {{"ID"},       {"NAME", false, true}, {"STATUS"},   {"GPUS"}, {"LOCATION", false, true},
                   {"ADDRESS"},  {"PER HOUR", true},    {"UP", true}, {"OURS"}, {"CREDENTIAL"},
                   {"AGE", true}};
  query.when_empty = with_ended ? "no instance was ever seen" : "no instance is live (--all shows ended ones)";
  Reader reader = context.open();
  show(context, reader, query);
}

struct EventFilters {
  int limit = 50;
  std::string kind;
  std::string subject;
};

void run_events(const Context& context, const EventFilters& filters) {
  Where where;
  if (!filters.kind.empty()) where.add("kind = ?", filters.kind);
  if (!filters.subject.empty()) where.add("subject_id = ?", filters.subject);
  Query query;
  query.select =
      "id, at, credential, kind, subject_id, CASE WHEN field IS NOT NULL THEN field || ': ' || "
      "coalesce(old, 'unknown') || ' -> ' || coalesce(new, 'unknown') ELSE coalesce(new || ' ', '') || "
      "coalesce(detail, '') END";
  query.from = "FROM (SELECT * FROM events" + where.text() + " ORDER BY id DESC LIMIT " +
               std::to_string(filters.limit) + ") ORDER BY id";
  query.parameters = where.parameters();
  query.columns = {{"ID", true}, {"TIME"}, {"CREDENTIAL"}, {"KIND"}, {"SUBJECT", false, true}, {"WHAT", false, true}};
  query.when_empty = "no event matches";
  Reader reader = context.open();
  show(context, reader, query);
}

void run_status(Context& context) {
  Query query;
  query.select =
      "credential, syncer, CASE location WHEN '' THEN 'everywhere' ELSE location END, "
      "CASE WHEN failing_since_ms IS NOT NULL THEN 'failing for ' || " +
      age_sql("failing_since_ms") + " WHEN is_stale = 1 THEN 'stale' ELSE 'fresh' END, " +
      age_sql("last_success_at_ms") + ", items, duration_ms || ' ms', skipped_ticks, last_error, is_stale";
  query.from =
      "FROM (SELECT s.*, l.is_stale FROM sync_states s JOIN listing_states l USING (credential, syncer, "
      "location)) ORDER BY credential, syncer, location";
  query.columns = {{"CREDENTIAL"},         {"SYNCER"},     {"WHERE"},      {"STATE"},
                   {"LAST SUCCESS", true}, {"ROWS", true}, {"TOOK", true}, {"SKIPPED", true},
                   {"ERROR", false, true}};
  query.when_empty = "nothing has been synced yet: no credential is configured, or tallyd has not run";
  Reader reader = context.open();
  show(context, reader, query);
  const Reader::Rows failing = reader.query("SELECT count(*) FROM credentials WHERE health = 'failing'");
  if (plain(failing.rows.at(0).at(0)) != "0") context.exit_code = 1;
}

void run_sql(const Context& context, const std::string& sql) {
  Reader reader = context.open();
  print(context, reader.query(sql));
}

}  // namespace

void add_offers(CLI::App& app, Context& context) {
  auto filters = std::make_shared<OfferFilters>();
  CLI::App* command = app.add_subcommand("offers", "what can be bought, where, at what price");
  command->add_option("--gpu", filters->gpu, "GPU model, such as H100");
  command->add_option("--count", filters->count, "exact number of GPUs");
  command->add_option("--min-vram", filters->min_vram, "nominal GB of one GPU, at least");
  command->add_option("--max-price", filters->max_price, "price of the whole machine per hour, at most");
  command->add_option("--location", filters->location, "region");
  command->add_option("--country", filters->country, "ISO 3166-1 alpha-3 code, such as USA");
  command->add_option("--provider", filters->provider, "vendor's ID, such as lambda-labs, or a broker's cloud");
  command->add_flag("--available", filters->is_available, "only what can be launched now");
  command->add_option("--sort", filters->sort, "price, gpu-price, gpu, location or age")
      ->check(CLI::IsMember({"price", "gpu-price", "gpu", "location", "age"}))
      ->capture_default_str();
  command->callback([filters, &context] { run_offers(context, *filters); });
}

void add_instances(CLI::App& app, Context& context) {
  auto with_ended = std::make_shared<bool>(false);
  CLI::App* command = app.add_subcommand("instances", "what runs, since when, at what price");
  command->add_flag("--all", *with_ended, "ended ones, too");
  command->callback([with_ended, &context] { run_instances(context, *with_ended); });
}

void add_events(CLI::App& app, Context& context) {
  auto filters = std::make_shared<EventFilters>();
  CLI::App* command = app.add_subcommand("events", "what changed, newest last");
  command->add_option("--limit", filters->limit, "at most so many")->check(CLI::PositiveNumber)->capture_default_str();
  command->add_option("--kind", filters->kind, "only of this kind, such as type_changed");
  command->add_option("--subject", filters->subject, "only of this type, instance or location");
  command->callback([filters, &context] { run_events(context, *filters); });
}

void add_status(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("status", "how fresh the tally is; exit code 1 when some of it is not");
  command->callback([&context] { run_status(context); });
}

void add_sql(CLI::App& app, Context& context) {
  auto sql = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("sql", "any SQL query over the views (docs/catalog.md)");
  command->add_option("query", *sql, "SQL")->required();
  command->callback([sql, &context] { run_sql(context, *sql); });
}

}  // namespace tally::cli
