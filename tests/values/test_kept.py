"""Results that are kept for the rest of an answer."""

from advisor.values.kept import forget, kept


def test_a_result_is_kept_until_it_is_forgotten() -> None:
    calls = []

    @kept(maxsize=2)
    def twice(number: int) -> int:
        calls.append(number)
        return 2 * number

    assert [twice(4), twice(4), twice(5)] == [8, 8, 10]
    assert calls == [4, 5]
    forget()
    assert twice(4) == 8
    assert calls == [4, 5, 4]


def test_no_more_results_are_kept_than_asked_for() -> None:
    calls = []

    @kept(maxsize=1)
    def same(number: int) -> int:
        calls.append(number)
        return number

    for number in (1, 2, 1):
        same(number)
    assert calls == [1, 2, 1]
