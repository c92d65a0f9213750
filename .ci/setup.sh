# Sourced by ./run, ./test and .ci/run: brings a Debian or Ubuntu machine from nothing to a built
# program. Needs `top`, the top folder of the tree. Doing it again when nothing is missing takes a
# fraction of a second.

# The distribution's own tools and not those of a pyenv or conda that stands first on PATH: their
# pkg-config and Python know nothing of the packages that are installed here.
PATH="/usr/bin:/bin:/usr/sbin:/sbin:$PATH"

say() {
    printf '%s\n' "$*"
}

give_up() {
    printf '%s\n' "$*" >&2
    exit 1
}

# The names in a package list, without its comments.
packages_in() {
    sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$1"
}

# Those of the packages named that are not installed.
missing_packages() {
    local installed
    installed=$(dpkg-query -W -f='${db:Status-Abbrev}${Package}\n' "$@" 2>/dev/null \
        | sed -n 's/^ii //p')
    comm -23 <(printf '%s\n' "$@" | LC_ALL=C sort -u) <(LC_ALL=C sort -u <<<"$installed")
}

# Runs apt-get as root: directly, or by sudo where there is one. It may ask for the password.
apt_get() {
    local as_root=()
    [ "$(id -u)" = 0 ] || as_root=(sudo)
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get "$@"
}

may_become_root() {
    [ "$(id -u)" = 0 ] && return 0
    command -v sudo >/dev/null || return 1
    sudo -n true 2>/dev/null || [ -t 0 ]
}

install_packages() {
    local install=(install --yes --no-install-recommends "$@")
    # Fresh machines have no package lists, old ones have lists of versions that are gone.
    if ! apt_get --simulate "${install[@]}" >/dev/null 2>&1; then
        apt_get update || return 1
    fi
    apt_get "${install[@]}" || { apt_get update && apt_get "${install[@]}"; }
}

# Installs what the package lists name and the machine lacks, or says how to and stops.
ensure_packages() {
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        say "This is neither Debian nor Ubuntu: the packages of .ci/packages are taken as installed."
        return
    fi
    local list wanted=() missing
    for list in "$@"; do
        mapfile -t -O "${#wanted[@]}" wanted < <(packages_in "$list")
    done
    mapfile -t missing < <(missing_packages "${wanted[@]}")
    [ ${#missing[@]} -gt 0 ] || return 0
    local command="apt-get install --yes --no-install-recommends ${missing[*]}"
    if ! may_become_root; then
        give_up "Some packages are missing, and installing them needs root. Run this, then try again:

    sudo apt-get update && sudo $command"
    fi
    say "Installing packages: $command"
    install_packages "${missing[@]}" || give_up "The packages could not be installed (see above).
On Ubuntu some of them are in the component universe: sudo add-apt-repository universe"
}

# Configures a build folder unless that is done already (meson options follow its name), and
# builds it.
ensure_built() {
    local folder=$1
    shift
    if [ ! -e "$folder/build.ninja" ]; then
        say "Configuring ${folder#"$top"/}"
        meson setup "$folder" "$top" "$@" || give_up "Configuring failed (see above)."
    fi
    # On a terminal Ninja shows its progress in one line.
    local quiet=()
    [ -t 1 ] || quiet=(--quiet)
    say "Building ${folder#"$top"/}"
    ninja -C "$folder" "${quiet[@]}" || give_up "The build failed (see above)."
}
