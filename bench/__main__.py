"""`make bench`: print the table."""

from bench import browser, embed, instruments, pages


def main() -> None:
    """Print what each page costs, as CPU milliseconds and as a ratio to the yardstick of the same
    run; then the browser and the catalogue.
    """
    print(f"{'':44}{'CPU ms':>8}{'ratio':>8}{'bytes':>9}")
    yardstick = 0.0
    for name, value in pages.measure():
        yardstick = yardstick or value.milliseconds
        print(
            f"{name:44}{value.milliseconds:8.2f}{value.milliseconds / yardstick:8.1f}{value.size:9}",
            flush=True,
        )
    for measure in (browser.measure, embed.measure, instruments.measure):
        for name, figure in measure():
            print(f"{name:60}{figure:>30}", flush=True)


if __name__ == "__main__":
    main()
