"""A Dask cluster of real processes on loopback: its films are those of one process alone."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

import rendering.cluster
from attention_core import AttentionError
from attention_core.material import Material
from rendering import pool, reel, stage
from rendering.cluster import Cluster, connected
from rendering.job import RenderJob
from rendering.reel import Reel
from rendering.worker import Shooting, identity, segment
from scenes.look import Look
from tests.rendering.conftest import Result

pytestmark = pytest.mark.cluster

ROOT = Path(__file__).parents[2]
PROJECT = ("attention_core", "scenes", "rendering", "assets")
SIZE, FPS = (256, 144), 10
DRAFT = ("--quality", "draft", "--force")
FIGURE = """
[[figure]]
path = "a/mask.png"
chapter = "mask"
size = [320, 360]
clips = ["mp4", "gif"]
quality = "draft"
caption.ko = "마스크"
caption.en = "the mask"
"""


class Machines:
    """A scheduler and its workers, each a process of its own."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder, self.started = folder, list[subprocess.Popen[bytes]]()
        self.environment = {**os.environ, **environment}
        about = folder / "scheduler.json"
        self.start("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", about)
        eventually(about.exists)
        self.address: str = json.loads(about.read_text())["address"]

    def start(self, *arguments: Any, project: Path = ROOT) -> subprocess.Popen[bytes]:
        """Start `dask ...` where it imports the project in that folder."""
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", *map(str, arguments), "--no-dashboard"],
                cwd=project,
                env=self.environment,
                stdout=log,
                stderr=log,
            )
        self.started.append(process)
        return process

    def worker(self, project: Path = ROOT) -> subprocess.Popen[bytes]:
        """Start a worker; without a nanny it stays dead once it is killed."""
        options = ("--nthreads", "1", "--no-nanny", "--local-directory", self.folder)
        return self.start("worker", self.address, *options, project=project)

    def end(self) -> None:
        """End all processes."""
        for process in self.started:
            process.kill()
            process.wait()


def eventually(true: Callable[[], Any]) -> None:
    """Wait for something that other processes do."""
    end = time.monotonic() + 120
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def pids(cluster: Cluster) -> dict[str, int]:
    """The workers' processes, by their addresses."""
    found: dict[str, int] = cluster.client.run(os.getpid)
    return found


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    found = Machines(tmp_path_factory.mktemp("machines"))
    try:
        yield found
    finally:
        found.end()


@pytest.fixture
def cluster(machines: Machines) -> Iterator[Cluster]:
    """Two workers; those that an earlier test has killed are started anew."""
    alive = [one for one in machines.started[1:] if one.poll() is None]
    for _ in range(2 - len(alive)):
        machines.worker()
    with connected(machines.address) as found:
        eventually(lambda: len(found.client.scheduler_info()["workers"]) == 2)
        yield found


@pytest.fixture
def mask(default_material: Material) -> Reel:
    return stage.reel("mask", default_material, Look(), SIZE, FPS)


def order(film: Reel, folder: Path, formats: tuple[str, ...] = ("mp4",)) -> pool.Order:
    folder.mkdir(exist_ok=True)
    jobs = {
        folder / f"a.{form}": RenderJob(film.chapters, None, (), film.look, form, SIZE, FPS)
        for form in formats
    }
    return pool.Order(film, jobs, ())


@pytest.mark.parametrize("clear", [False, True], ids=["on its ground", "transparent"])
def test_the_bytes_are_those_of_one_process(
    tmp_path: Path, default_material: Material, cluster: Cluster, clear: bool
) -> None:
    film = stage.reel("mask", default_material, Look(transparent=clear), SIZE, FPS)
    formats = ("webm", "gif", "webp", "poster", *([] if clear else ["mp4"]))
    pool.shoot(order(film, tmp_path / "alone", formats), 1)
    told: list[float] = []
    cluster.shoot(order(film, tmp_path / "many", formats), lambda now, _: told.append(now))
    for form in formats:
        alone, many = ((tmp_path / name / f"a.{form}").read_bytes() for name in ("alone", "many"))
        assert alone == many, form
    assert told == sorted(told)
    assert told[-1] == pytest.approx(film.seconds)


def test_what_a_killed_worker_was_at_is_done_by_another(
    tmp_path: Path, cluster: Cluster, mask: Reel
) -> None:
    pool.shoot(order(mask, tmp_path / "alone"), 1)
    processes, killed = pids(cluster), list[str]()

    def kill_one(seconds: float, _: float | None) -> None:
        at_work = [worker for worker, tasks in cluster.client.processing().items() if tasks]
        if not killed and at_work:
            os.kill(processes[at_work[0]], signal.SIGKILL)
            killed.append(at_work[0])
            assert seconds < mask.seconds

    cluster.shoot(order(mask, tmp_path / "many"), kill_one)
    assert killed
    assert len(pids(cluster)) == 1
    assert (tmp_path / "many/a.mp4").read_bytes() == (tmp_path / "alone/a.mp4").read_bytes()


def test_without_any_worker_a_film_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cluster: Cluster, mask: Reel
) -> None:
    monkeypatch.setattr(rendering.cluster, "ALONE", 3.0)
    processes = pids(cluster)

    def kill_all(*_: Any) -> None:
        while processes:
            os.kill(processes.popitem()[1], signal.SIGKILL)

    with pytest.raises(pool.WorkerLost, match="has no workers any more"):
        cluster.shoot(order(mask, tmp_path / "many"), kill_all)


def test_a_segment_that_every_worker_is_lost_at_is_named(tmp_path: Path, mask: Reel) -> None:
    # One loss is enough here; Dask's own setting is four.
    strict = Machines(tmp_path, DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="0")
    try:
        worker = strict.worker()
        with connected(strict.address) as cluster:

            def kill() -> None:
                eventually(lambda: "segment" in str(cluster.client.processing()))
                worker.kill()

            killer = Thread(target=kill)
            killer.start()
            with pytest.raises(
                pool.WorkerLost, match=r"worker after worker was lost at frames \d+ to \d+"
            ):
                cluster.shoot(order(mask, tmp_path / "many"))
            killer.join()
    finally:
        strict.end()


def hang_at(cluster: Cluster, start: int, marks: Path, times: int) -> None:
    """Let the workers stop drawing in the segment that starts there, so often in all."""

    def spoil(start: int, folder: str, times: int) -> None:
        import time as clock

        from rendering import pool as theirs
        from rendering import worker as own

        own.PATIENCE = 3.0
        make = theirs.segment_sink_for

        def spoilt(job: RenderJob, first: int) -> Any:
            sink = make(job, first)
            write = sink.write

            def write_or_hang(*args: Any) -> None:
                for number in range(times if first == start else 0):
                    try:
                        (Path(folder) / str(number)).touch(exist_ok=False)
                    except FileExistsError:
                        continue
                    while True:  # Dask's own threads go on
                        clock.sleep(0.01)
                write(*args)

            sink.write = write_or_hang  # type: ignore[method-assign]
            return sink

        theirs.segment_sink_for = spoilt

    marks.mkdir()
    cluster.client.run(spoil, start, str(marks), times)


def test_what_a_worker_hangs_at_is_done_by_another(tmp_path: Path, mask: Reel) -> None:
    own = Machines(tmp_path)
    try:
        workers = [own.worker() for _ in range(2)]
        pool.shoot(order(mask, tmp_path / "alone"), 1)
        with connected(own.address) as cluster:
            eventually(lambda: len(pids(cluster)) == 2)
            hang_at(cluster, mask.segments[1].frames.start, tmp_path / "hung", 1)
            cluster.shoot(order(mask, tmp_path / "many"))
        assert len([*(tmp_path / "hung").iterdir()]) == 1
        eventually(lambda: [worker.poll() for worker in workers].count(None) == 1)
        assert (tmp_path / "many/a.mp4").read_bytes() == (tmp_path / "alone/a.mp4").read_bytes()
    finally:
        own.end()


def test_a_segment_that_two_workers_hang_at_is_named(tmp_path: Path, mask: Reel) -> None:
    own = Machines(tmp_path)
    try:
        for _ in range(3):
            own.worker()
        with connected(own.address) as cluster:
            eventually(lambda: len(pids(cluster)) == 3)
            hang_at(cluster, mask.segments[1].frames.start, tmp_path / "hung", 9)
            frames = mask.segments[1].frames
            named = rf"two workers hung at frames {frames.start} to {frames.stop - 1}, the last"
            with pytest.raises(pool.WorkerLost, match=named):
                cluster.shoot(order(mask, tmp_path / "many"))
    finally:
        own.end()


def test_a_worker_that_stands_still_is_given_up_by_its_heartbeat(
    tmp_path: Path, mask: Reel
) -> None:
    own = Machines(tmp_path, DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL="6 s")
    try:
        for _ in range(2):
            own.worker()
        pool.shoot(order(mask, tmp_path / "alone"), 1)
        with connected(own.address) as cluster:
            eventually(lambda: len(pids(cluster)) == 2)
            processes, stopped = pids(cluster), list[int]()

            def stop_one(*_: Any) -> None:
                at_work = [name for name, tasks in cluster.client.processing().items() if tasks]
                if not stopped and at_work:
                    stopped.append(processes[at_work[0]])
                    os.kill(stopped[0], signal.SIGSTOP)

            cluster.shoot(order(mask, tmp_path / "many"), stop_one)
        assert stopped
        assert (tmp_path / "many/a.mp4").read_bytes() == (tmp_path / "alone/a.mp4").read_bytes()
    finally:
        own.end()


def test_a_scheduler_that_stands_still_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mask: Reel
) -> None:
    monkeypatch.setattr(rendering.cluster, "SILENT", 3.0)
    own = Machines(tmp_path)
    try:
        own.worker()
        began = 0.0

        def stop(*_: Any) -> None:
            nonlocal began
            if not began:
                began = time.monotonic()
                own.started[0].send_signal(signal.SIGSTOP)

        with (
            pytest.raises(AttentionError, match=r"has not answered for 3 seconds; start it again"),
            connected(own.address) as cluster,
        ):
            cluster.shoot(order(mask, tmp_path / "many"), stop)
        assert began and time.monotonic() - began < 60
    finally:
        own.end()


def test_a_worker_goes_once_through_a_film(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, default_material: Material, cluster: Cluster
) -> None:
    monkeypatch.setattr(reel, "SECONDS", 0.5)
    film = stage.reel("mask", default_material, Look(), SIZE, FPS)
    from distributed import get_task_stream

    with get_task_stream(client=cluster.client) as stream:
        cluster.shoot(order(film, tmp_path / "many"))
    done = [task for task in stream.data if task["key"][0].startswith("segment-")]
    assert {task["key"][1] for task in done} == {*range(len(film.segments))}
    # Dask lets an idle worker take what waits at another one: that may lie behind.
    events = [event for _, event in cluster.client.get_events("stealing")]
    taken = [tuple(event[1]) for event in events if event[0] == "confirm"]
    for worker in pids(cluster):
        mine = [task for task in done if task["worker"] == worker]
        mine.sort(key=lambda task: task["startstops"][0]["start"])
        assert len(mine) > 1
        numbers = [task["key"][1] for task in mine if task["key"] not in taken]
        assert numbers == sorted(numbers)
    assert len([task for task in done if task["key"] in taken]) < len(done) / 3


def test_a_worker_with_other_code_is_refused_by_name(
    tmp_path: Path, machines: Machines, cluster: Cluster, mask: Reel
) -> None:
    for folder in PROJECT:
        shutil.copytree(ROOT / folder, tmp_path / folder)
    with (tmp_path / "scenes/kit/theme.py").open("a") as code:
        code.write("# Another commit.\n")
    before = pids(cluster).keys()
    other = machines.worker(tmp_path)
    try:
        eventually(lambda: len(cluster.client.scheduler_info()["workers"]) == 3)
        (name,) = cluster.client.scheduler_info()["workers"].keys() - before
        with pytest.raises(AttentionError, match=rf"{name} is not like this machine: it has code"):
            cluster.shoot(order(mask, tmp_path / "many"))
        assert not [*(tmp_path / "many").iterdir()]
        # One that comes after this check refuses by itself.
        job = RenderJob(mask.chapters, None, (), mask.look, "mp4", SIZE, FPS)
        shooting = Shooting("late", mask, (job,), identity())
        late = cluster.client.submit(segment, shooting, 0, workers=[name])
        with pytest.raises(AttentionError, match="a worker has code"):
            late.result()
    finally:
        other.kill()
        other.wait()
        eventually(lambda: len(cluster.client.scheduler_info()["workers"]) == 2)


def test_a_worker_without_this_version_is_refused_by_name(
    tmp_path: Path, machines: Machines, cluster: Cluster, mask: Reel
) -> None:
    (tmp_path / "rendering").mkdir()
    (tmp_path / "rendering/__init__.py").touch()
    other = machines.worker(tmp_path)
    try:
        eventually(lambda: len(cluster.client.scheduler_info()["workers"]) == 3)
        with pytest.raises(
            AttentionError, match=r"it cannot load this version .*rendering\.worker"
        ):
            cluster.shoot(order(mask, tmp_path / "many"))
    finally:
        other.kill()
        other.wait()
        eventually(lambda: len(cluster.client.scheduler_info()["workers"]) == 2)


def test_commands_send_their_films(
    render: Callable[..., Result], cluster: Cluster, tmp_path: Path
) -> None:
    story = ("story", "--chapters", "tokens,mask", *DRAFT, "--format", "mp4")
    for command in (story, ("clip", "mask", *DRAFT)):
        for name, how in (("alone", ("--jobs", "1")), ("many", ("--cluster", cluster.address))):
            status, _, err = render(*command, *how, "--out", f"{name}.mp4")
            assert status == 0, err
        assert (tmp_path / "alone.mp4").read_bytes() == (tmp_path / "many.mp4").read_bytes()
    ran = cluster.client.run(lambda dask_worker: dask_worker.state.task_counter.current_count())
    assert ran.keys() == pids(cluster).keys()


def test_films_of_several_commands_share_the_workers(
    process: Callable[..., subprocess.Popen[bytes]], cluster: Cluster, tmp_path: Path
) -> None:
    films = ("mask", "tokens")
    for film in films:
        assert process("clip", film, *DRAFT, "--jobs", "1", "--out", f"{film}.mp4").wait(120) == 0
    at_once = [
        process("clip", film, *DRAFT, "--cluster", cluster.address, "--out", f"{film}-many.mp4")
        for film in films
    ]
    for running in at_once:
        _, err = running.communicate(timeout=120)
        assert running.returncode == 0, err
    for film in films:
        alone, many = (tmp_path / f"{name}.mp4" for name in (film, f"{film}-many"))
        assert alone.read_bytes() == many.read_bytes()


def test_clips_of_figures_are_sent(
    render: Callable[..., Result], cluster: Cluster, tmp_path: Path
) -> None:
    (tmp_path / "mine.toml").write_text(FIGURE)
    for name, how in (("alone", ("--jobs", "1")), ("many", ("--cluster", cluster.address))):
        command = ("figures", "--manifest", "mine.toml", "--clips", "--out", name, *how)
        status, _, err = render(*command)
        assert status == 0, err
    for form in ("mp4", "gif"):
        alone, many = (tmp_path / name / f"a/mask.{form}" for name in ("alone", "many"))
        assert alone.read_bytes() == many.read_bytes()


def test_ctrl_c_cancels_the_tasks(
    process: Callable[..., subprocess.Popen[bytes]], cluster: Cluster, tmp_path: Path
) -> None:
    running = process("story", "--out", "a.mp4", "--cluster", cluster.address)
    eventually(lambda: any(cluster.client.processing().values()))
    running.send_signal(signal.SIGINT)
    assert running.wait(60) == 130
    eventually(lambda: not any(cluster.client.processing().values()))
    assert not [*tmp_path.glob("*a.mp4*")]


def test_where_nobody_answers_one_line_says_so(
    process: Callable[..., subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:  # takes calls and says nothing
        silent = f"127.0.0.1:{mute.getsockname()[1]}"
        for address in (silent, "127.0.0.1:1", "nonsense", "tls://127.0.0.1:1"):
            asked = process("clip", "mask", *DRAFT, "--out", "a.mp4", "--cluster", address)
            _, err = asked.communicate(timeout=60)
            assert asked.returncode == 2, err
            (line,) = err.decode().splitlines()
            assert line.startswith(f"error: no Dask scheduler answers at {address} (")
            assert "; start one (dask scheduler)" in line
    assert not [*tmp_path.glob("*a.mp4*")]


def test_a_scheduler_without_workers_says_how_to_start_one(
    render: Callable[..., Result], tmp_path: Path
) -> None:
    idle = Machines(tmp_path)
    try:
        status, _, err = render("clip", "mask", *DRAFT, "--cluster", idle.address)
        start = f"start some: dask worker {idle.address} --nthreads 1 --nworkers 2"
        told = f"error: the scheduler at {idle.address} has no workers; {start}\n"
        assert (status, err) == (2, told)
    finally:
        idle.end()


def test_a_scheduler_that_goes_is_one_line(
    process: Callable[..., subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    lost = Machines(tmp_path)
    try:
        lost.worker()
        running = process("story", "--out", "a.mp4", "--cluster", lost.address)
        with connected(lost.address) as cluster:
            eventually(lambda: any(cluster.client.processing().values()))
            lost.started[0].kill()
        _, err = running.communicate(timeout=120)
        assert running.returncode == 2, err
        told = f"error: the scheduler at {lost.address} has gone; start it again, and its workers"
        assert err.decode().startswith(told)
        assert len(err.decode().splitlines()) == 1
    finally:
        lost.end()


def test_without_dask_the_extra_is_named(
    render: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "dask", None)  # as if it were not installed
    status, _, err = render("clip", "mask", *DRAFT, "--cluster", "127.0.0.1:8786")
    mend = "install it: pip install 'attention-film[cluster]'"
    assert (status, err) == (2, f"error: --cluster needs Dask; {mend}\n")


def test_jobs_and_cluster_contradict(render: Callable[..., Result]) -> None:
    status, _, err = render("clip", "mask", *DRAFT, "--cluster", "127.0.0.1:1", "--jobs", "2")
    assert status == 2
    assert err.startswith("error: --jobs counts processes of this machine")
