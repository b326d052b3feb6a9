"""`make bench`: print the table."""

from bench import browser, pages


def main() -> None:
    """Print what each page costs, as CPU milliseconds and as a ratio to the yardstick of the same run; then what a browser makes of it."""
    print(f"{'':44}{'CPU ms':>8}{'ratio':>8}{'bytes':>9}")
    yardstick = 0.0
    for name, found in pages.measure():
        yardstick = yardstick or found.milliseconds
        print(f"{name:44}{found.milliseconds:8.2f}{found.milliseconds / yardstick:8.1f}{found.size:9}", flush=True)
    for name, figure in browser.measure():
        print(f"{name:60}{figure:>13}", flush=True)


if __name__ == "__main__":
    main()
