import type { AwsNetworkBodies } from '#model/kinds-aws-network.ts'
import type { Form } from './conform.ts'

const tags: Form = { list: { fields: { Key: 'text', Value: 'text' } } }
const value: Form = { fields: { Value: 'flag' } }
const cidrs: Form = { list: { fields: { CidrBlock: 'text' } } }

/** `IpPermission`: who may reach what, or be reached. */
const permissions: Form = {
  list: {
    fields: {
      IpProtocol: 'text',
      FromPort: 'number',
      ToPort: 'number',
      IpRanges: { list: { fields: { CidrIp: 'text', Description: 'text' } } },
      Ipv6Ranges: { list: { fields: { CidrIpv6: 'text', Description: 'text' } } },
      PrefixListIds: { list: { fields: { PrefixListId: 'text', Description: 'text' } } },
      UserIdGroupPairs: {
        list: {
          fields: {
            GroupId: 'text',
            UserId: 'text',
            VpcId: 'text',
            VpcPeeringConnectionId: 'text',
            PeeringStatus: 'text',
            Description: 'text',
          },
        },
      },
    },
  },
}

const rules: Form = {
  list: {
    fields: {
      SecurityGroupRuleId: 'text',
      GroupId: 'text',
      IsEgress: 'flag',
      IpProtocol: 'text',
      FromPort: 'number',
      ToPort: 'number',
      CidrIpv4: 'text',
      CidrIpv6: 'text',
      PrefixListId: 'text',
      ReferencedGroupInfo: { fields: { GroupId: 'text', UserId: 'text', VpcId: 'text', PeeringStatus: 'text' } },
    },
  },
}

const peer: Form = { fields: { VpcId: 'text', OwnerId: 'text', Region: 'text', CidrBlock: 'text', CidrBlockSet: cidrs } }

/** The fields that joints rely on, with the types of the AWS API. */
export const networkForms: Readonly<Record<keyof AwsNetworkBodies, Form>> = {
  'aws/ec2/FlowLog': {
    fields: {
      Arn: 'text',
      FlowLogId: 'text',
      ResourceId: 'text',
      FlowLogStatus: 'text',
      TrafficType: 'text',
      LogDestinationType: 'text',
      LogDestination: 'text',
      LogGroupName: 'text',
      LogFormat: 'text',
      MaxAggregationInterval: 'number',
      Tags: tags,
    },
    required: ['Arn', 'FlowLogId'],
  },
  'aws/ec2/InternetGateway': {
    fields: {
      Arn: 'text',
      InternetGatewayId: 'text',
      OwnerId: 'text',
      Attachments: { list: { fields: { VpcId: 'text', State: 'text' } } },
      Tags: tags,
    },
    required: ['Arn', 'InternetGatewayId'],
  },
  'aws/ec2/LaunchTemplateVersion': {
    fields: {
      Id: 'text',
      LaunchTemplateId: 'text',
      LaunchTemplateName: 'text',
      VersionNumber: 'number',
      LaunchTemplateData: {
        fields: {
          ImageId: 'text',
          BlockDeviceMappings: {
            list: { fields: { DeviceName: 'text', Ebs: { fields: { Encrypted: 'flag', KmsKeyId: 'text', SnapshotId: 'text' } } } },
          },
        },
      },
    },
    required: ['LaunchTemplateId', 'VersionNumber'],
  },
  'aws/ec2/ManagedPrefixList': {
    fields: {
      PrefixListArn: 'text',
      PrefixListId: 'text',
      PrefixListName: 'text',
      AddressFamily: 'text',
      OwnerId: 'text',
      MaxEntries: 'number',
      Version: 'number',
      Entries: { list: { fields: { Cidr: 'text', Description: 'text' } } },
      Tags: tags,
    },
    required: ['PrefixListArn', 'PrefixListId'],
  },
  'aws/ec2/NatGateway': {
    fields: {
      Arn: 'text',
      NatGatewayId: 'text',
      VpcId: 'text',
      SubnetId: 'text',
      State: 'text',
      ConnectivityType: 'text',
      NatGatewayAddresses: { list: { fields: { PrivateIp: 'text', PublicIp: 'text', NetworkInterfaceId: 'text' } } },
      Tags: tags,
    },
    required: ['Arn', 'NatGatewayId'],
  },
  'aws/ec2/NetworkAcl': {
    fields: {
      Arn: 'text',
      NetworkAclId: 'text',
      VpcId: 'text',
      OwnerId: 'text',
      IsDefault: 'flag',
      Associations: { list: { fields: { SubnetId: 'text', NetworkAclId: 'text' } } },
      Entries: {
        list: {
          fields: {
            RuleNumber: 'number',
            Protocol: 'text',
            RuleAction: 'text',
            Egress: 'flag',
            CidrBlock: 'text',
            Ipv6CidrBlock: 'text',
            PortRange: { fields: { From: 'number', To: 'number' } },
            IcmpTypeCode: { fields: { Type: 'number', Code: 'number' } },
          },
        },
      },
      Tags: tags,
    },
    required: ['Arn', 'NetworkAclId'],
  },
  'aws/ec2/NetworkInterface': {
    fields: {
      Arn: 'text',
      NetworkInterfaceId: 'text',
      VpcId: 'text',
      SubnetId: 'text',
      OwnerId: 'text',
      Description: 'text',
      InterfaceType: 'text',
      Status: 'text',
      RequesterManaged: 'flag',
      SourceDestCheck: 'flag',
      PrivateIpAddress: 'text',
      PrivateIpAddresses: { list: { fields: { PrivateIpAddress: 'text', Primary: 'flag' } } },
      Ipv6Addresses: { list: { fields: { Ipv6Address: 'text' } } },
      Ipv4Prefixes: { list: { fields: { Ipv4Prefix: 'text' } } },
      Ipv6Prefixes: { list: { fields: { Ipv6Prefix: 'text' } } },
      Groups: { list: { fields: { GroupId: 'text', GroupName: 'text' } } },
      Association: { fields: { PublicIp: 'text' } },
      Attachment: { fields: { InstanceId: 'text', DeviceIndex: 'number', AttachmentId: 'text', Status: 'text' } },
      TagSet: tags,
    },
    required: ['Arn', 'NetworkInterfaceId'],
  },
  'aws/ec2/RouteTable': {
    fields: {
      Arn: 'text',
      RouteTableId: 'text',
      VpcId: 'text',
      OwnerId: 'text',
      Associations: { list: { fields: { SubnetId: 'text', GatewayId: 'text', Main: 'flag' } } },
      Routes: {
        list: {
          fields: {
            DestinationCidrBlock: 'text',
            DestinationIpv6CidrBlock: 'text',
            DestinationPrefixListId: 'text',
            GatewayId: 'text',
            NatGatewayId: 'text',
            TransitGatewayId: 'text',
            NetworkInterfaceId: 'text',
            EgressOnlyInternetGatewayId: 'text',
            VpcPeeringConnectionId: 'text',
            State: 'text',
            Origin: 'text',
          },
        },
      },
      Tags: tags,
    },
    required: ['Arn', 'RouteTableId'],
  },
  'aws/ec2/SecurityGroup': {
    fields: {
      SecurityGroupArn: 'text',
      GroupId: 'text',
      GroupName: 'text',
      Description: 'text',
      VpcId: 'text',
      OwnerId: 'text',
      IpPermissions: permissions,
      IpPermissionsEgress: permissions,
      Rules: rules,
      Tags: tags,
    },
    required: ['SecurityGroupArn', 'GroupId'],
  },
  'aws/ec2/Subnet': {
    fields: {
      SubnetArn: 'text',
      SubnetId: 'text',
      VpcId: 'text',
      OwnerId: 'text',
      CidrBlock: 'text',
      AvailabilityZone: 'text',
      AvailabilityZoneId: 'text',
      AvailableIpAddressCount: 'number',
      MapPublicIpOnLaunch: 'flag',
      Ipv6CidrBlockAssociationSet: { list: { fields: { Ipv6CidrBlock: 'text' } } },
      Tags: tags,
    },
    required: ['SubnetArn', 'SubnetId'],
  },
  'aws/ec2/Vpc': {
    fields: {
      Arn: 'text',
      VpcId: 'text',
      OwnerId: 'text',
      CidrBlock: 'text',
      IsDefault: 'flag',
      CidrBlockAssociationSet: { list: { fields: { CidrBlock: 'text', CidrBlockState: { fields: { State: 'text' } } } } },
      Ipv6CidrBlockAssociationSet: { list: { fields: { Ipv6CidrBlock: 'text', Ipv6CidrBlockState: { fields: { State: 'text' } } } } },
      EnableDnsSupport: value,
      EnableDnsHostnames: value,
      Tags: tags,
    },
    required: ['Arn', 'VpcId'],
  },
  'aws/ec2/VpcPeeringConnection': {
    fields: {
      Arn: 'text',
      VpcPeeringConnectionId: 'text',
      AccepterVpcInfo: peer,
      RequesterVpcInfo: peer,
      Status: { fields: { Code: 'text', Message: 'text' } },
      Tags: tags,
    },
    required: ['Arn', 'VpcPeeringConnectionId'],
  },
  'aws/eks/FargateProfile': {
    fields: {
      fargateProfileArn: 'text',
      fargateProfileName: 'text',
      clusterName: 'text',
      podExecutionRoleArn: 'text',
      subnets: 'texts',
      selectors: { list: { fields: { namespace: 'text', labels: 'labels' } } },
      status: 'text',
    },
    required: ['fargateProfileArn', 'fargateProfileName', 'clusterName'],
  },
  'aws/eks/Nodegroup': {
    fields: {
      nodegroupArn: 'text',
      nodegroupName: 'text',
      clusterName: 'text',
      version: 'text',
      releaseVersion: 'text',
      status: 'text',
      capacityType: 'text',
      instanceTypes: 'texts',
      subnets: 'texts',
      amiType: 'text',
      nodeRole: 'text',
      labels: 'labels',
      remoteAccess: { fields: { ec2SshKey: 'text', sourceSecurityGroups: 'texts' } },
      resources: { fields: { remoteAccessSecurityGroup: 'text' } },
      launchTemplate: { fields: { id: 'text', name: 'text', version: 'text' } },
    },
    required: ['nodegroupArn', 'nodegroupName', 'clusterName'],
  },
  'aws/servicequotas/Quota': {
    fields: { QuotaArn: 'text', QuotaCode: 'text', QuotaName: 'text', ServiceCode: 'text', Value: 'number', Adjustable: 'flag' },
    required: ['QuotaArn', 'QuotaCode'],
  },
}
