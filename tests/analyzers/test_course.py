from speechqc.analyzers.course import Course


def test_points_lie_a_second_apart_and_before_the_present():
    course = Course()
    course.advance(3.2, lambda at: 10.0 * at)
    assert course.points == [(0.0, 0.0), (1.0, 10.0), (2.0, 20.0), (3.0, 30.0)]


def test_looking_more_often_gives_the_same_points():
    seldom, often = Course(), Course()
    seldom.advance(100.0, float)
    for tenth in range(1, 1001):
        often.advance(tenth / 10, float)
    assert often.points == seldom.points
    assert often.lowest(100.0) == seldom.lowest(100.0)


def test_a_long_call_keeps_its_whole_course_in_bounded_memory():
    course = Course(max_points=600)
    for second in range(1, 7201):
        course.advance(float(second), float)
    assert len(course.points) <= 600
    assert course.points[0][0] == 0.0
    assert course.points[-1][0] >= 7200 - 16
    assert (
        len({after[0] - before[0] for before, after in zip(course.points, course.points[1:], strict=False)})
        == 1
    )


def test_an_event_far_ahead_costs_few_points():
    asked = []
    Course(max_points=600).advance(1e9, lambda at: float(len(asked)) or asked.append(at) or 0.0)
    assert len(asked) < 20_000


def test_lowest_looks_back_twenty_seconds():
    course = Course()
    course.advance(45.0, lambda at: 5.0 if at < 30 else 50.0)
    assert course.lowest(45.0) == 5.0
    course.advance(60.0, lambda at: 50.0)
    assert course.lowest(60.0) == 50.0


def test_before_the_call_the_score_was_zero():
    course = Course()
    course.advance(5.0, lambda at: 40.0)
    assert course.lowest(5.0) == 0.0
