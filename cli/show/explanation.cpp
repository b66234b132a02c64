#include "cli/show/explanation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/algorithm/string/replace.hpp>

#include "cli/show/event_follower.hpp"
#include "cli/show/words.hpp"

namespace tally::cli {
namespace {

/// Why a row of view `s` is as fresh or stale as it is: the rules of is_stale (docs/catalog.md), in their order.
std::string freshness_sql(const std::string& syncer, const std::string& location) {
  return fmt::format(R"(CASE WHEN s.is_stale = 0 THEN 'confirmed ' || {seen} || ' ago' ELSE 'stale: ' || coalesce(
    (SELECT CASE WHEN c.removed_at_ms IS NOT NULL THEN 'its credential left the configuration ' || {removed} || ' ago'
                 WHEN l.last_success_at_ms IS NULL THEN 'listing it has never succeeded'
                 WHEN l.failing_since_ms IS NOT NULL THEN 'listing it has failed for ' || {failing}
                 WHEN l.is_stale = 1 THEN 'listed last ' || {listed} || ' ago, more than three intervals (is tallyd running?)'
                 ELSE 'the last answer, ' || {listed} || ' ago, did not confirm it' END
               || coalesce(': ' || l.last_error_kind, '') || coalesce(': ' || l.last_error, '')
     FROM credentials c JOIN listing_states l USING (credential)
     WHERE c.credential = s.credential AND l.syncer = '{syncer}' AND l.location IN ('', {location})
     ORDER BY l.is_stale DESC LIMIT 1), 'it has never been listed') || '; confirmed last ' || {seen} || ' ago' END)",
                     fmt::arg("seen", age_sql("s.seen_at_ms")), fmt::arg("removed", age_sql("c.removed_at_ms")),
                     fmt::arg("failing", age_sql("l.failing_since_ms")),
                     fmt::arg("listed", age_sql("l.last_success_at_ms")), fmt::arg("syncer", syncer),
                     fmt::arg("location", location));
}

std::string lasting_sql(const std::string& value, const std::string& since_ms) {
  return fmt::format("{} || coalesce(', for ' || {} || ' (since ' || {} || ')', '')", value, age_sql(since_ms),
                     time_sql(since_ms));
}

const std::vector<Field> type_facts = {
    {{"INSTANCE TYPE"}, "s.type"},
    {{"ID"}, "s.instance_type_id"},
    {{"CREDENTIAL"}, "s.credential"},
    {{"PROVIDER"}, "s.provider || CASE WHEN s.cloud <> s.provider THEN ', machines of ' || s.cloud ELSE '' END"},
    {{"LOCATION"}, "s.location || coalesce(', ' || s.sub_location, '')"},
    {{"ZONES"}, "(SELECT group_concat(value, ', ') FROM json_each(s.available_azs))"},
    {{"VCPU"}, "s.vcpu"},
    {{"MEMORY"}, "(s.memory_bytes / 1073741824) || ' GiB'"},
    {{"ARCHITECTURES"}, "(SELECT group_concat(value, ', ') FROM json_each(s.architectures))"},
    {{"CAN"},
     "nullif(trim(CASE s.is_stoppable WHEN 1 THEN 'stop ' ELSE '' END || CASE s.is_rebootable WHEN 1 THEN 'reboot' "
     "ELSE '' END), '')"},
    {{"ATTRIBUTES"}, "nullif(s.attributes, '{}')"},
    {{"LISTED"},
     "CASE s.is_listed WHEN 1 THEN 'yes' ELSE 'no: absent from the last complete answer; seen last ' || " +
         ago_sql("s.seen_at_ms") + " END"},
    {{"AVAILABLE"},
     lasting_sql(availability_sql(),
                 "(SELECT h.from_ms FROM availability_history h WHERE h.credential = s.credential AND "
                 "h.instance_type_id = s.instance_type_id AND h.to_ms IS NULL)")},
    {{"FRESHNESS"}, "CASE WHEN s.is_listed = 1 THEN " + freshness_sql("instance_types", "s.location") + " END"},
    {{"FIRST SEEN"}, ago_sql("s.first_seen_at_ms")},
    {{"CHANGED"}, ago_sql("s.changed_at_ms")},
};

const std::vector<Field> instance_facts = {
    {{"INSTANCE"}, "s.name"},
    {{"ID"}, "s.cloud_id"},
    {{"CREDENTIAL"}, "s.credential"},
    {{"PROVIDER"}, "s.provider || CASE WHEN s.cloud <> s.provider THEN ', a machine of ' || s.cloud ELSE '' END"},
    {{"OURS"},
     "CASE s.is_ours WHEN 1 THEN 'yes, made through ' || s.cloud_cred_ref_id || coalesce(' as ' || s.ref_id, '') "
     "ELSE 'no' END"},
    {{"STATUS"}, lasting_sql("s.status", "s.status_since_ms")},
    {{"VENDOR SAYS"}, "nullif(coalesce(s.provider_status, '') || coalesce(': ' || s.status_message, ''), '')"},
    {{"ENDED"}, ago_sql("s.ended_at_ms")},
    {{"LOCATION"}, "s.location || coalesce(', ' || s.sub_location, '')"},
    {{"TYPE"}, "s.type || coalesce(' (' || s.instance_type_id || ')', '')"},
    {{"GPUS"}, gpus_sql()},
    {{"PRICE"}, price_sql() + " || ' per hour'"},
    {{"COST SO FAR"},
     "(SELECT " + price_sql("r.price_per_hour * r.hours") +
         " || ' in ' || printf('%.1f h', r.hours) FROM instance_details r WHERE r.credential = s.credential AND "
         "r.cloud_id = s.cloud_id)"},
    {{"ADDRESS"}, "s.public_ip || coalesce(', ' || s.public_dns, '')"},
    {{"PRIVATE ADDRESS"}, "s.private_ip"},
    {{"REACHABLE"}, yes_sql("s.is_reachable")},
    {{"IMAGE"}, "s.image_id"},
    {{"DISK"}, "(s.disk_size_bytes / 1073741824) || ' GiB'"},
    {{"SPOT"}, yes_sql("s.is_spot")},
    {{"ATTRIBUTES"}, "nullif(s.attributes, '{}')"},
    {{"FRESHNESS"}, "CASE WHEN s.is_ended = 0 THEN " + freshness_sql("instances", "s.location") + " END"},
    {{"CREATED"}, ago_sql("s.created_at_ms")},
    {{"FIRST SEEN"}, ago_sql("s.first_seen_at_ms")},
};

const std::vector<Field> location_facts = {
    {{"LOCATION"}, "s.name"},
    {{"DESCRIPTION"}, "s.description"},
    {{"COUNTRY"}, "s.country"},
    {{"CREDENTIAL"}, "s.credential"},
    {{"ENDPOINT"}, "s.endpoint"},
    {{"LISTED"},
     "CASE s.is_listed WHEN 1 THEN 'yes' ELSE 'no: gone from two complete answers; seen last ' || " +
         ago_sql("s.seen_at_ms") + " END"},
    {{"USABLE"}, yes_sql("s.is_available")},
    {{"TYPES"},
     "(SELECT count(*) || ' listed, ' || coalesce(sum(t.is_available = 1), 0) || ' available' FROM instance_types t "
     "WHERE t.credential = s.credential AND t.location = s.name AND t.is_listed = 1)"},
    {{"INSTANCES"},
     "(SELECT count(*) || ' live' FROM instances i WHERE i.credential = s.credential AND i.location = s.name AND "
     "i.is_ended = 0)"},
    {{"FRESHNESS"}, "CASE WHEN s.is_listed = 1 THEN " + freshness_sql("instance_types", "''") + " END"},
    {{"FIRST SEEN"}, ago_sql("s.first_seen_at_ms")},
};

const std::vector<Field> price_fields = {
    {{"USAGE"}, "usage_class"},
    {{"PER HOUR", true}, "coalesce(" + price_sql() + ", 'unknown')"},
    {{"SOURCE"},
     "CASE price_source WHEN 'api' THEN 'with the type' WHEN 'list' THEN 'price list' ELSE price_source END"},
    {{"AGE", true}, age_sql("price_at_ms")},
};
const std::vector<Field> gpu_fields = {
    {{"COUNT", true}, "count"},         {{"GPU"}, "name"},
    {{"VENDOR'S NAME"}, "type"},        {{"GB EACH", true}, "memory_gb"},
    {{"MEMORY"}, "memory_details"},     {{"LINK"}, "network_details"},
    {{"MANUFACTURER"}, "manufacturer"},
};
const std::vector<Field> storage_fields = {
    {{"COUNT", true}, "count"},
    {{"DISK"}, "type"},
    {{"GIB", true}, "size_bytes / 1073741824"},
    {{"AT LEAST", true}, "min_size_bytes / 1073741824"},
    {{"AT MOST", true}, "max_size_bytes / 1073741824"},
    {{"EPHEMERAL"}, yes_sql("is_ephemeral")},
    {{"ELASTIC"}, yes_sql("is_elastic")},
};
const std::vector<Field> listing_fields = {
    {{"SYNCER"}, "syncer"},
    {{"WHERE"}, "CASE location WHEN '' THEN 'everywhere' ELSE location END"},
    {{"LAST SUCCESS", true}, age_sql("last_success_at_ms")},
    {{"FAILING FOR", true}, "CASE WHEN failing_since_ms IS NOT NULL THEN " + age_sql("failing_since_ms") + " END"},
    {{"ERROR", false, true}, "coalesce(last_error_kind || ': ', '') || last_error"},
};
const std::vector<Field> problem_fields = {
    {{"PROBLEM"}, "kind"},
    {{"FOR", true}, age_sql("started_at_ms")},
    {{"DETAIL", false, true}, "detail"},
};
const std::vector<Field> orphan_fields = {{{"ORPHAN"}, "reason"}, {{"FOR", true}, age_sql("since_ms")}};
const std::vector<Field> probe_fields = {
    {{"STAGE"}, "stage"},
    {{"OUTCOME", false, true}, "CASE is_ok WHEN 1 THEN 'ok' ELSE 'failed' || coalesce(': ' || error, '') END"},
    {{"TOOK", true}, "total_ms || ' ms'"},
    {{"ADDRESS"}, "host || coalesce(':' || ssh_port, '')"},
    {{"AGE", true}, age_sql("at_ms")},
};
const std::vector<Field> host_key_fields = {
    {{"STATE"}, "state"},
    {{"TYPE"}, "key_type"},
    {{"FINGERPRINT"}, "fingerprint_sha256"},
    {{"FIRST SEEN"}, ago_sql("first_seen_at_ms")},
};
const std::vector<Field> bootstrap_fields = {
    {{"STATE"}, "state"},
    {{"ATTEMPTS", true}, "attempts"},
    {{"BEGUN"}, ago_sql("started_at_ms")},
    {{"ENDED"}, ago_sql("finished_at_ms")},
    {{"EXIT STATUS", true}, "exit_status"},
    {{"ERROR", false, true}, "error"},
};
const std::vector<Field> tag_fields = {{{"TAG"}, "key"}, {{"VALUE"}, "value"}};
const std::vector<Field> past_status_fields = {
    {{"STATUS"}, "status"},
    {{"FROM"}, time_sql("from_ms")},
    {{"TO"}, "coalesce(" + time_sql("to_ms") + ", 'now')"},
};

/// Sections of the subject: rows of a view that name it.
class Sections {
 public:
  explicit Sections(const Subject& subject) : subject_(subject) {}

  void add(const std::string& view, const std::string& title, const std::vector<Field>& fields,
           const std::string& condition, const std::string& parameter, const std::string& order) {
    Query query;
    query.from = "FROM " + view + " WHERE credential = ? AND " + condition + " ORDER BY " + order;
    query.parameters = {subject_.credential, parameter};
    query.fields = fields;
    sections_.push_back({view, title, query});
  }

  void add_listings(const std::string& syncer) {
    add("sync_states", "How it is listed", listing_fields, "syncer = ? AND location IN ('', ?3)", syncer, "location");
    sections_.back().query.parameters.emplace_back(subject_.location);
  }

  void add_problems() {
    add("id_problems", "Problems that last", problem_fields, "subject_id = ? AND ended_at_ms IS NULL", subject_.id,
        "started_at_ms");
  }

  void add_events() {
    std::vector<Field> fields;
    for (const Field& field : events_query().fields) {
      if (field.column.title != "CREDENTIAL" && field.column.title != "SUBJECT") fields.push_back(field);
    }
    add("events", "Last events, newest first", fields, "subject_kind = '" + subject_.kind + "' AND subject_id = ?",
        subject_.id, "id DESC LIMIT 10");
  }

  [[nodiscard]] std::vector<Section> take() { return std::move(sections_); }

 private:
  const Subject& subject_;
  std::vector<Section> sections_;
};

Query row_of(const Subject& subject, const std::string& view, const std::string& key, const std::vector<Field>& facts) {
  Query query;
  query.from = "FROM " + view + " s WHERE s.credential = ? AND s." + key + " = ?";
  query.parameters = {subject.credential, subject.id};
  query.fields = facts;
  return query;
}

Explanation explain_type(const Subject& type) {
  Sections sections(type);
  const std::string is_it = "instance_type_id = ?";
  sections.add("instance_type_prices", "Prices", price_fields, is_it, type.id, "usage_class");
  sections.add("instance_type_gpus", "GPUs", gpu_fields, is_it, type.id, "position");
  sections.add("instance_type_storage", "Disks", storage_fields, is_it, type.id, "position");
  sections.add_listings("instance_types");
  sections.add_problems();
  sections.add_events();
  return {row_of(type, "instance_types", "instance_type_id", type_facts), sections.take()};
}

/// With where SSH leads, which the view does not say: settings and mappings of ports have a part in it.
std::vector<Field> facts_with_ssh(const std::string& ssh) {
  std::vector<Field> facts = instance_facts;
  const auto behind = std::find_if(facts.begin(), facts.end(),
                                   [](const Field& fact) { return fact.column.title == "PRIVATE ADDRESS"; });
  facts.insert(behind + 1, {{"SSH"}, "nullif('" + boost::algorithm::replace_all_copy(ssh, "'", "''") + "', '')"});
  return facts;
}

Explanation explain_instance(const Subject& instance, const std::string& ssh) {
  Sections sections(instance);
  const std::string is_it = "cloud_id = ?";
  sections.add("orphans", "Why nobody answers for it", orphan_fields, is_it, instance.id, "reason");
  sections.add("instance_tags", "Tags", tag_fields, is_it, instance.id, "key");
  sections.add("ssh_probes", "Last SSH probe", probe_fields, is_it, instance.id, "at_ms");
  sections.add("host_keys", "SSH host keys", host_key_fields, is_it, instance.id, "first_seen_at_ms");
  sections.add("bootstraps", "Bootstrap", bootstrap_fields, is_it, instance.id, "started_at_ms");
  sections.add("instance_history", "Statuses", past_status_fields, is_it, instance.id, "from_ms");
  sections.add_listings("instances");
  sections.add_problems();
  sections.add_events();
  return {row_of(instance, "instances", "cloud_id", facts_with_ssh(ssh)), sections.take()};
}

Explanation explain_location(const Subject& location) {
  Sections sections(location);
  sections.add_listings("instance_types");
  sections.add_events();
  return {row_of(location, "locations", "name", location_facts), sections.take()};
}

}  // namespace

Explanation explanation_of(const Subject& subject, const std::string& ssh) {
  if (subject.kind == "instance_type") return explain_type(subject);
  return subject.kind == "instance" ? explain_instance(subject, ssh) : explain_location(subject);
}

}  // namespace tally::cli
