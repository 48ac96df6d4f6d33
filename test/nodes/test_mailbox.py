import threading

from diffusion_mpc_ros.nodes.mailbox import Mailbox


def test_only_the_newest_item_is_kept() -> None:
    mailbox: Mailbox[int] = Mailbox()
    for item in range(3):
        mailbox.put(item)
    assert mailbox.take() == 2


def test_whoever_waits_gets_what_comes() -> None:
    mailbox: Mailbox[str] = Mailbox()
    taken: list[str | None] = []
    thread = threading.Thread(target=lambda: taken.append(mailbox.take()))
    thread.start()
    mailbox.put("plan")
    thread.join()
    assert taken == ["plan"]


def test_closing_releases_whoever_waits() -> None:
    mailbox: Mailbox[str] = Mailbox()
    taken: list[str | None] = []
    thread = threading.Thread(target=lambda: taken.append(mailbox.take()))
    thread.start()
    mailbox.close()
    thread.join()
    assert taken == [None]


def test_a_closed_mailbox_gives_nothing_away() -> None:
    mailbox: Mailbox[str] = Mailbox()
    mailbox.put("too late")
    mailbox.close()
    assert mailbox.take() is None
