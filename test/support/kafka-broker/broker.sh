#!/usr/bin/env bash
# A real Apache Kafka broker for tests: one node (KRaft), free ports on the loopback, a folder of its own.
#
#   broker.sh run            start and print KAFKA_BROKERS, KAFKA_SASL_BROKERS, KAFKA_TLS_BROKERS, KAFKA_MTLS_BROKERS,
#                            KAFKA_PROXIED_PORT, KAFKA_PROXY_PORT and KAFKA_DIR, one a line; stop at the end of
#                            standard input: a test runner that dies leaves no broker behind. Certificates for TLS
#                            are in KAFKA_DIR/tls
#   broker.sh kill DIR       SIGKILL; the folder stays
#   broker.sh restart DIR    start again on the same folder and ports
#   broker.sh java CLASS …   run a class of Kafka's jars
#   broker.sh check          tell what this machine lacks to run one, and exit 1, or exit 0
#   broker.sh jars           fetch the jars, if they are not there yet, and print their folder
#
# Needs Java 17, OpenSSL and, the first time, Maven (54 MB). KAFKA_JARS: folder of the jars, instead of one below
# XDG_CACHE_HOME. KAFKA_JVM_OPTS: instead of options for a fast start.
set -euo pipefail

version=4.3.1
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
jars=${KAFKA_JARS:-${XDG_CACHE_HOME:-$HOME/.cache}/tokenwatch/kafka-$version}
jvm_options=${KAFKA_JVM_OPTS:--Xms256m -Xmx768m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC}
start_seconds_max=90

fail() {
  echo "broker.sh: $*" >&2
  exit 1
}

marker=$jars/kafka_2.13-$version.jar

check() {
  java -version >/dev/null 2>&1 || { echo 'Java 17 or later'; exit 1; }
  command -v openssl >/dev/null || { echo 'OpenSSL'; exit 1; }
  [ -e "$marker" ] || command -v mvn >/dev/null || { echo 'Maven (once, to fetch Kafka)'; exit 1; }
}

fetch_jars() {
  local staging
  [ ! -e "$marker" ] || return 0
  command -v mvn >/dev/null || fail "no jars in $jars, and no Maven to fetch them"
  mkdir -p "$(dirname "$jars")"
  staging=$(mktemp -d "$jars.XXXXXX")
  if ! mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies -DoutputDirectory="$staging" >&2; then
    rm -rf "$staging"
    fail "Maven could not fetch the jars"
  fi
  # Of two at once, the second throws its copy away.
  mv -T "$staging" "$jars" 2>/dev/null || rm -rf "$staging"
  [ -e "$marker" ] || fail "no $marker"
}

run_java() {
  # shellcheck disable=SC2086 # a list of options
  java $jvm_options "-Dlog4j2.configurationFile=$here/log4j2.yaml" -cp "$jars/*" "$@"
}

is_listening() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Below the range that Linux gives to outgoing connections.
free_port() {
  local port
  for _ in {1..50}; do
    port=$((20000 + RANDOM % 12000))
    is_listening "$port" || { echo "$port"; return; }
  done
  fail "no free port"
}

# Process ids are used again: only one that runs on this very folder is the broker.
broker_pid() {
  local pid
  pid=$(cat "$1/pid" 2>/dev/null) || return 1
  ps -ww -o args= -p "$pid" 2>/dev/null | grep -qF "$1/server.properties" && echo "$pid"
}

launch() {
  local dir=$1 port deadline=$((SECONDS + start_seconds_max))
  port=$(cat "$dir/port")
  : >"$dir/out.log"
  # shellcheck disable=SC2086
  nohup java $jvm_options -XX:+ExitOnOutOfMemoryError "-Dlog4j2.configurationFile=$here/log4j2.yaml" \
    -cp "$jars/*" kafka.Kafka "$dir/server.properties" >"$dir/out.log" 2>&1 </dev/null &
  echo $! >"$dir/pid"
  disown # or bash reports its end
  until grep -q 'Kafka Server started' "$dir/out.log" && is_listening "$port"; do
    broker_pid "$dir" >/dev/null || return 1
    [ "$SECONDS" -lt "$deadline" ] || return 1
    sleep 0.1
  done
}

halt() {
  local dir=$1 signal=$2 pid
  pid=$(broker_pid "$dir") || return 0
  kill "-$signal" "$pid"
  for _ in {1..100}; do
    broker_pid "$dir" >/dev/null || return 0
    sleep 0.1
  done
  kill -KILL "$pid"
}

# An authority of two days, certificates of it for the broker and a client, and an authority that signed none.
make_certificates() {
  local tls=$1 name
  mkdir "$tls"
  for name in ca other-ca; do
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
      -subj "/CN=test $name" -keyout "$tls/$name.key" -out "$tls/$name.crt"
  done
  echo 'subjectAltName=IP:127.0.0.1' >"$tls/extensions"
  for name in broker client; do
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=test $name" \
      -keyout "$tls/$name.key" -out "$tls/$name.csr"
    openssl x509 -req -in "$tls/$name.csr" -CA "$tls/ca.crt" -CAkey "$tls/ca.key" -CAcreateserial -days 2 \
      -extfile "$tls/extensions" -out "$tls/$name.crt"
  done
  cat "$tls/broker.key" "$tls/broker.crt" >"$tls/broker.pem"
}

prepare() {
  local dir=$1 port sasl_port tls_port mtls_port proxied_port proxy_port controller_port cluster
  port=$(free_port)
  sasl_port=$(free_port)
  tls_port=$(free_port)
  mtls_port=$(free_port)
  proxied_port=$(free_port)
  proxy_port=$(free_port)
  controller_port=$(free_port)
  sed "s|@DIR@|$dir|; s|@PORT@|$port|g; s|@SASL_PORT@|$sasl_port|g; s|@TLS_PORT@|$tls_port|g; \
    s|@MTLS_PORT@|$mtls_port|g; s|@PROXIED_PORT@|$proxied_port|g; s|@PROXY_PORT@|$proxy_port|g; \
    s|@CONTROLLER_PORT@|$controller_port|g" \
    "$here/server.properties" >"$dir/server.properties"
  echo "$port" >"$dir/port"
  echo "$sasl_port" >"$dir/sasl-port"
  echo "$tls_port" >"$dir/tls-port"
  echo "$mtls_port" >"$dir/mtls-port"
  echo "$proxied_port" >"$dir/proxied-port"
  echo "$proxy_port" >"$dir/proxy-port"
  make_certificates "$dir/tls" >"$dir/format.log" 2>&1 || return 1
  cluster=$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | cut -c 1-22 | sed 's/^-/A/')
  run_java kafka.tools.StorageTool format --standalone -t "$cluster" -c "$dir/server.properties" \
    --add-scram 'SCRAM-SHA-256=[name=tokenwatch,password=test-password]' \
    --add-scram 'SCRAM-SHA-512=[name=tokenwatch,password=test-password]' >"$dir/format.log" 2>&1
}

start() {
  local attempt
  for attempt in 1 2 3; do
    dir=$(mktemp -d -t tokenwatch-kafka.XXXXXX)
    if ! prepare "$dir"; then
      cat "$dir/format.log" >&2
      fail "the folder could not be prepared: $dir"
    fi
    if launch "$dir"; then
      echo "KAFKA_BROKERS=127.0.0.1:$(cat "$dir/port")"
      echo "KAFKA_SASL_BROKERS=127.0.0.1:$(cat "$dir/sasl-port")"
      echo "KAFKA_TLS_BROKERS=127.0.0.1:$(cat "$dir/tls-port")"
      echo "KAFKA_MTLS_BROKERS=127.0.0.1:$(cat "$dir/mtls-port")"
      echo "KAFKA_PROXIED_PORT=$(cat "$dir/proxied-port")"
      echo "KAFKA_PROXY_PORT=$(cat "$dir/proxy-port")"
      echo "KAFKA_DIR=$dir"
      return
    fi
    halt "$dir" KILL
    # Another process may have taken a port in between.
    grep -q 'Address already in use' "$dir/out.log" || break
    rm -rf "$dir"
  done
  tail -n 30 "$dir/out.log" >&2
  fail "the broker did not start, attempt $attempt; its files are in $dir"
}

require_folder() { [ -e "${1:-}/server.properties" ] || fail "no folder of a broker: ${1:-none given}"; }

case ${1:-} in
  run)
    fetch_jars
    dir=
    reader=
    clean_up() {
      [ -z "$reader" ] || kill "$reader" 2>/dev/null || true
      [ -n "$dir" ] || return 0
      halt "$dir" TERM
      rm -rf "$dir"
    }
    trap clean_up EXIT
    trap 'exit 143' INT TERM HUP
    start
    # In the background, because only then the traps run at once; bash would give it an empty input.
    cat <&0 >/dev/null &
    reader=$!
    wait "$reader"
    ;;
  kill)
    require_folder "${2:-}"
    halt "$2" KILL
    ;;
  restart)
    require_folder "${2:-}"
    launch "$2" || { tail -n 30 "$2/out.log" >&2; fail "the broker did not start again"; }
    ;;
  java)
    fetch_jars
    shift
    run_java "$@"
    ;;
  check) check ;;
  jars)
    fetch_jars
    echo "$jars"
    ;;
  *)
    sed -n '2,15s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 2
    ;;
esac
