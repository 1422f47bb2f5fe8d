#!/usr/bin/env bash
# A Python for 64-bit ARM in a folder, with a wheel of this package, what it needs and pytest, for
# QEMU's user emulator on another machine: Debian's packages, unpacked and not installed.
#
#   bash tests/native/aarch64.sh build/aarch64 dist/aarch64/*.whl
#   build/aarch64/python -m pytest tests/native/test_unroll.py
#
# Needs Debian 12 or newer, or a system made of it, with qemu-user-static.
set -euo pipefail
folder=$(realpath "$1") wheel=$(realpath "$2")
command -v qemu-aarch64-static >/dev/null || {
  echo "There is no qemu-aarch64-static here: apt-get install qemu-user-static"
  exit 1
}

apt=$folder/apt root=$folder/root site=$folder/site
if [ ! -x "$root/usr/bin/python3" ]; then
  mkdir -p "$apt/lists/partial" "$apt/archives/partial" "$root"
  touch "$apt/status"  # nothing is installed there, so apt names every package that is needed
  cat >"$apt/apt.conf" <<END
APT::Architecture "arm64";
APT::Architectures { "arm64"; };
APT::Sandbox::User "root";
Dir::State "$apt";
Dir::State::status "$apt/status";
Dir::Cache "$apt";
END
  export APT_CONFIG=$apt/apt.conf
  apt-get update -qq
  apt-get install -qq -y --no-install-recommends --download-only python3 libstdc++6
  for package in "$apt"/archives/*.deb; do dpkg-deb -x "$package" "$root"; done
  unset APT_CONFIG
fi

mkdir -p "$folder/start"  # a test that starts another Python starts this one, emulator and all
echo "import sys; sys.executable = '$folder/python'" >"$folder/start/sitecustomize.py"
cat >"$folder/python" <<END
#!/bin/sh
# Programs that JAX compiled here are for another processor than those in the cache of the tests.
export JAX_ENABLE_COMPILATION_CACHE=0 PYTHONPATH="$folder/start:$site"
exec qemu-aarch64-static -L "$root" "$root/usr/bin/python3" "\$@"
END
chmod +x "$folder/python"

version=$("$folder/python" -c 'import sys; print("%d%d" % sys.version_info[:2])')
glibc=$("$folder/python" -c 'import os; print(os.confstr("CS_GNU_LIBC_VERSION").split(".")[-1])')
tags=(--platform manylinux2014_aarch64)
for ((minor = glibc; minor >= 17; --minor)); do
  tags+=(--platform "manylinux_2_${minor}_aarch64")
done
what=("$wheel[all]" pytest hypothesis beartype)
if [ -d "$site" ]; then what=(--no-deps "$wheel"); fi
"${PYTHON:-python3}" -m pip install --quiet --disable-pip-version-check --upgrade --target "$site" \
  --only-binary=:all: --python-version "$version" "${tags[@]}" "${what[@]}"
