# Sourced by every script: where things are, how a phase is shown, how an error ends a script.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
export PYTHONPATH="$root" LOCALCLOUD_HOME="${LOCALCLOUD_HOME:-$root/.localcloud}"
# Installed with the packages, not part of a cloud that comes and goes.
export LOCALCLOUD_JARS="$root/.venv/share/localcloud/jars"
python="$root/.venv/bin/python"
# The SDKs are large: without byte code every process compiles them again, 4 s of CPU each.
unset PYTHONDONTWRITEBYTECODE

die() {
    echo "$(basename "$0"): $*" >&2
    exit 1
}

# Seconds since 1970; whole ones in the bash of macOS, which is 3.2.
now() {
    local time=${EPOCHREALTIME:-$(date +%s)}
    echo "${time/,/.}"
}

# phase NAME COMMAND...: show what is done, do it, and tell how long it took.
phase() {
    local name=$1 started
    shift
    started=$(now)
    printf '\n\033[1m▸ %s\033[0m\n' "$name"
    "$@" || exit $?
    awk -v name="$name" -v started="$started" -v ended="$(now)" -v record="${ROADBED_PHASES:-}" 'BEGIN {
        printf "  %s took %.1f s\n", name, ended - started
        if (record) printf "%s\t%.1f\n", name, ended - started >> record
    }'
}

installed() {
    [ -x "$python" ] || die "nothing is installed yet: run scripts/up first"
}

require_stack() {
    [ -f "stacks/Pulumi.$1.yaml" ] || die "there is no stack $1: stacks/Pulumi.$1.yaml is missing"
}

# Whether a stack is deployed to the cloud on this machine: its settings file says so.
on_localcloud() {
    grep -Eq "^ *localcloud:start: *[\"']?true[\"']? *(#.*)?\$" "stacks/Pulumi.$1.yaml"
}

# Make the running local cloud's settings this script's environment.
enter_localcloud() {
    installed
    [ -d "$LOCALCLOUD_HOME" ] || die "the local cloud is not running: run scripts/up first"
    local settings
    settings=$("$python" -m localcloud env) || exit $?
    eval "$settings"
}

# What any script needs of this shell for a stack in Google Cloud. A local cloud's variables would take it elsewhere.
require_google_cloud() {
    command -v pulumi >/dev/null || die "stack $1 is in Google Cloud, which takes the Pulumi CLI: install pulumi"
    [ -z "${PULUMI_DEBUG_PROVIDERS:-}" ] || die "PULUMI_DEBUG_PROVIDERS points at a local cloud: use another shell"
}

# Enter the cloud that a stack is deployed to.
enter_cloud_of() {
    require_stack "$1"
    if on_localcloud "$1"; then
        enter_localcloud
    else
        installed
        require_google_cloud "$1"
    fi
}

# Outputs (with their secrets) and state of a stack, as JSON files in a folder.
export_stack() {
    local stack=$1 folder=$2
    if on_localcloud "$stack"; then
        scripts/engine outputs --cwd . --stack "$stack" --json --show-secrets > "$folder/outputs.json"
        scripts/engine export --cwd . --stack "$stack" > "$folder/state.json"
    else
        pulumi stack output --stack "$stack" --json --show-secrets > "$folder/outputs.json"
        pulumi stack export --stack "$stack" > "$folder/state.json"
    fi
}
