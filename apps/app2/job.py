"""A job that takes stock of the foundation it runs on, and ends."""

import pathlib
import platform
import subprocess


def foundation_release():
    """The settings in /etc/foundation-release, which has the format of /etc/os-release."""
    text = pathlib.Path("/etc/foundation-release").read_text(encoding="utf-8")
    settings = (line.strip().partition("=") for line in text.splitlines())
    return {name: value.strip("\"'") for name, equals, value in settings if equals}


def installed_packages():
    """Name and size in KiB of every Debian package, largest first."""
    query = ["dpkg-query", "--show", "--showformat=${Package} ${Installed-Size}\n"]
    lines = subprocess.run(query, check=True, capture_output=True, text=True).stdout.splitlines()
    packages = [(name, int(size or 0)) for name, _, size in (line.partition(" ") for line in lines)]
    return sorted(packages, key=lambda package: package[1], reverse=True)


def main():
    print("running on {NAME} {TAG} ({VARIANT})".format(**foundation_release()))
    print(f"{platform.freedesktop_os_release()['PRETTY_NAME']}, Python {platform.python_version()}")
    packages = installed_packages()
    print(f"{len(packages)} packages, {sum(size for _, size in packages) // 1024} MiB; the largest:")
    for name, size in packages[:5]:
        print(f"{size // 1024:6} MiB  {name}")


main()
