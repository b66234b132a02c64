"""What a running Prometheus knows of a daemon: its targets, its rules, and whether each query of the dashboard answers."""

import json
import sys
import urllib.parse
import urllib.request


def ask(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


def main(prometheus, tallyd, dashboard):
    faults = []
    targets = ask(f"{prometheus}/api/v1/targets?state=active")["data"]["activeTargets"]
    scraped = [target for target in targets if target["labels"]["job"] == "tallyd"]
    if [target["health"] for target in scraped] != ["up"]:
        faults.append(f"tallyd is not scraped: {[target['lastError'] for target in scraped]}")
    found = {(t["labels"]["credential"], t["labels"]["cloud_id"]) for t in targets if t["labels"]["job"] == "instances"}
    offered = {
        (entry["labels"]["__meta_tallyd_credential"], entry["labels"]["__meta_tallyd_cloud_id"])
        for entry in ask(f"{tallyd}/sd/prometheus")
    }
    # The world goes on: what came or went within the last seconds may be in one of them only.
    if not found or len(found ^ offered) > max(3, len(offered) // 5):
        faults.append(f"{len(found)} instances found, {len(offered)} offered, {len(found & offered)} in both")
    rules = [rule for group in ask(f"{prometheus}/api/v1/rules")["data"]["groups"] for rule in group["rules"]]
    faults += [f"{rule['name']}: {rule.get('lastError')}" for rule in rules if rule["health"] != "ok"]
    with open(dashboard, encoding="utf-8") as file:
        panels = json.load(file)["panels"]
    queries = [(p["title"], t["expr"]) for p in panels for t in p.get("targets", [])]
    for title, query in queries:
        query = query.replace("$__rate_interval", "30s").replace("$credential", ".*")
        answer = ask(f"{prometheus}/api/v1/query?" + urllib.parse.urlencode({"query": query}))
        if not answer["data"]["result"]:
            faults.append(f"dashboard, {title}: no data: {query}")
    print(f"{len(found)} instances found, {len(rules)} rules, {len(queries)} queries of the dashboard")
    for fault in faults:
        print("FAULT", fault)
    return 1 if faults or not queries or not rules else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
