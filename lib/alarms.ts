import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

/** What the alarms of a hub have in common. */
export interface AlarmsProps {
  /** ARN of the SNS topic that alarms go to. @default none: they show in the console only */
  readonly topicArn?: string;
}

/** What an alarm watches. */
export interface AlarmTerms {
  readonly metric: IMetric;
  /** The alarm is raised when the metric exceeds it. @default 0 */
  readonly above?: number;
  /** The alarm is raised when the metric is under it, or missing; instead of `above`. @default none */
  readonly below?: number;
  /** Periods of the metric in a row. @default 1 */
  readonly periods?: number;
}

/** Raises alarms: each has the name `<construct path>/<What>`, and under it an entry in `docs/runbook.md`. */
export class Alarms extends Construct {
  private readonly topic: ITopic | undefined;

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    this.topic = props.topicArn === undefined ? undefined : Topic.fromTopicArn(this, 'Topic', props.topicArn);
  }

  /** An alarm of the construct that it belongs to. */
  raise(owner: Construct, what: string, terms: AlarmTerms): Alarm {
    const under = terms.below !== undefined;
    const alarm = new Alarm(owner, what, {
      alarmName: `${owner.node.path}/${what}`,
      alarmDescription: `docs/runbook.md, ${headingOf(owner, what)}`,
      metric: terms.metric,
      threshold: terms.below ?? terms.above ?? 0,
      comparisonOperator: under ? ComparisonOperator.LESS_THAN_THRESHOLD : ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: terms.periods ?? 1,
      // No errors, no messages: nothing is reported. Only what must happen is missed.
      treatMissingData: under ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
    if (this.topic) alarm.addAlarmAction(new SnsAction(this.topic));
    return alarm;
  }
}

/** The heading of an alarm in the runbook: its name without that of the stack, since hubs choose theirs. */
const headingOf = (owner: Construct, what: string): string => [...owner.node.path.split('/').slice(1), what].join('/');
